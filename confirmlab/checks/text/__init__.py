"""Random words for tests, and what is looked for in the texts of an app."""
