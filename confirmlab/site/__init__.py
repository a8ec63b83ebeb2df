"""The learner's app: run it, visit it, attack it."""
