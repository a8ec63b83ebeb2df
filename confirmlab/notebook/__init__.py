"""Code that runs in a learner's kernel: commands, progress, workspace and views."""
