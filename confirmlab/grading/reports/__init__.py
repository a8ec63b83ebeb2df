"""What an instructor and a learner read."""
