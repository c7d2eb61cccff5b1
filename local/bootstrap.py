"""Makes `.venv` ready, or says what is missing; any Python can read as far as its own version.

Run as `python3 -m local.bootstrap`, with nothing but the standard library.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is where it is said
    sys.exit(
        "Python 3.11 or newer is needed, and this is %d.%d (%s).\n"  # noqa: UP031
        "Name another one, for example: make PYTHON=python3.12 demo"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

from local.environment import main

if __name__ == "__main__":
    sys.exit(main())
