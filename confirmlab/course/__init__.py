"""The content: lessons, blanks, the skeleton, solutions, faulty apps and results."""
