"""Read what somebody handed in: whose it is, and which answers it holds."""
