"""`python -m local up` and `python -m local demo`; see `commands`."""

import sys

from local.commands import main

if __name__ == "__main__":
    sys.exit(main())
