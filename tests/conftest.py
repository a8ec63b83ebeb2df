"""What holds for all tests: nobody attacks the passwords of the sites that they start."""

import os

os.environ["CONFIRMLAB_QUICK_HASHES"] = "1"
