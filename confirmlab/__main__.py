"""`python -m confirmlab`: run the command line, or list what this Python lacks for it."""

import sys

try:
    from confirmlab.cli import main
except ModuleNotFoundError:  # packages are missing, or this Python is too old
    from confirmlab import doctor

    sys.exit("\n".join(finding.sentence for finding in doctor.examine() if not finding.good))

main(prog_name="confirmlab")
