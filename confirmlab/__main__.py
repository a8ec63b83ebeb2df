"""Let `python -m confirmlab` do what `confirmlab` does."""

from confirmlab.cli import main

main(prog_name="confirmlab")
