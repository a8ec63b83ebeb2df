"""Score learners' tests on correct and faulty apps."""
