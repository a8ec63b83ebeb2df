"""Text and HTML of what a notebook shows."""
