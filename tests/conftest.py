"""What holds for all tests: nobody attacks the passwords of the sites that they start.

And nobody waits for parsers that nothing will use, here or in a process that a test starts.
"""

import os
import sys
from pathlib import Path

os.environ["CONFIRMLAB_QUICK_HASHES"] = "1"

QUICK = str(Path(__file__).with_name("quick"))
sys.path.insert(0, QUICK)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [QUICK, os.environ.get("PYTHONPATH")]))
