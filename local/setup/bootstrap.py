"""Creates `.venv`, or tells the user that Python is too old.

Run it as `python3 -m local.setup.bootstrap`. It uses the standard library alone, and Pythons as
old as 3.4 can parse it.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is the check
    sys.exit(
        "Inkdex needs Python 3.11 or newer. This is Python %d.%d (%s).\n"  # noqa: UP031
        "Name another one, for example: make PYTHON=python3.12 demo"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

from local.setup.virtual_environment import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
