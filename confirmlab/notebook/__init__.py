"""What a learner's kernel holds."""
