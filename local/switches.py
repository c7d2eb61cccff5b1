"""Variables that are switches, such as CHAT=1 behind `make up`."""

import os


def is_on(name: str) -> bool:
    """Return whether a switch is set to anything but 0."""
    return os.environ.get(name, "0") not in ("", "0")
