"""Helpers without a topic of their own: errors, files, paths, ports and text."""
