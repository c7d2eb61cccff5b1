"""What a process may still do once it reads a hostile file."""

import ctypes
import os
import resource
import sys
from contextlib import suppress

NICENESS = 5
OPEN_FILES_MAX = 64
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def confine(memory_bytes: int, seconds: float) -> None:
    """Limit this process for the rest of its life. It writes no file and opens no connection."""
    os.nice(NICENESS)
    _without_network()
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, max(1, int(seconds)))
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES_MAX)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(ValueError, OSError):  # macOS does not limit the address space
        resource.setrlimit(which, (allowed, allowed))


def _without_network() -> None:
    """Leave the network where the kernel allows it. Python refuses sockets in any case."""
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET)
    sys.addaudithook(_refuse)


def _refuse(event: str, _: object) -> None:
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system")):
        raise PermissionError(event)
