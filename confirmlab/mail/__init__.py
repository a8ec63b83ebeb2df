"""The inbox: SMTP server, Maildir, messages."""
