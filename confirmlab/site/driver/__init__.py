"""The process that runs the app under test; nothing it reports is trusted."""
