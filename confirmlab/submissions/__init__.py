"""Read what learners hand in, however a learning platform names and packs it."""
