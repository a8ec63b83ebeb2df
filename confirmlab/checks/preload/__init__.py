"""What the parents of forked processes import and prepare."""
