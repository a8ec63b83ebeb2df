"""Web pages as a reader sees and uses them."""
