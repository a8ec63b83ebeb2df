"""What has no topic of its own: errors, files, paths, ports and text."""
