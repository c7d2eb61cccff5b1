"""Runs `python -m local up` and `python -m local demo`. See `commands`."""

import sys

from local.commands import main

if __name__ == "__main__":
    sys.exit(main())
