"""Grade a class: run it, keep the results, report them."""
