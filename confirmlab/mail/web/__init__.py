"""The inbox's page for a browser."""
