"""Let `python -m confirmlab` do what `confirmlab` does, or say why it cannot."""

import sys

try:
    from confirmlab.cli import main
except ModuleNotFoundError:  # nothing is installed yet, or this Python is too old for it
    from confirmlab import doctor

    sys.exit("\n".join(finding.sentence for finding in doctor.examine() if not finding.good))

main(prog_name="confirmlab")
