"""`python -m inkdex` is the command line."""

import sys

from inkdex.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
