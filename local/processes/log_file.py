"""A service's log file. It is rotated while the service writes to it."""

import os
import shutil
from pathlib import Path
from typing import IO

LOG_BYTES = 10_000_000


class LogFile:
    """The log at `path`, and its former part at `path` with `.1`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> IO[bytes]:
        """Open the log to append. Appended lines begin at the new end after a rotation."""
        return self.path.open("ab")

    def rotate(self) -> None:
        """Copy the log and empty it, if it is large. Lines written in between are lost.

        The service keeps its open file, so the log cannot be renamed.
        """
        if not self.path.exists() or self.path.stat().st_size <= LOG_BYTES:
            return
        shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
        os.truncate(self.path, 0)
