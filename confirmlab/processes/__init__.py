"""Child processes: start them, give them jobs, read their messages."""
