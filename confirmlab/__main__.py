"""`python -m confirmlab`: run the command line, or list what this Python lacks for it."""

import sys

try:
    from confirmlab.cli import main
except ModuleNotFoundError:  # packages are missing, or this Python is too old
    from confirmlab import doctor

    bad = [finding.sentence for finding in doctor.examine() if not finding.good]
    if not bad:  # as when only the files of a package were deleted
        raise
    sys.exit("\n".join(bad))

main(prog_name="confirmlab")
