"""Reports for instructors and learners."""
