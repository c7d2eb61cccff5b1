"""Waits while the server reads and embeds files, and shows how many are left."""

from inkdex.commands.output import Progress
from inkdex.sources.reading import Reading

SHOWN = {"extracting": "Files left to read:", "pending": "Files left to embed:"}


def wait_until_read(reading: Reading) -> None:
    """Wait until the server has read all files of a source."""
    _wait(reading, "extracting")


def wait_until_embedded(reading: Reading) -> None:
    """Wait until the server has read and embedded all files of a source."""
    _wait(reading, "extracting")
    _wait(reading, "pending")


def _wait(reading: Reading, status: str) -> None:
    progress = Progress(SHOWN[status])
    reading.wait(status, progress)
    progress.end()
