"""Files of JSON: one document on each line, or an array of documents."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import BinaryIO

from local.importing.items import ITEM_MAX_BYTES, Item
from local.importing.json_documents import json_item
from shared.domain.documents.json_framing import ArrayFramer, ArrayStart, Frame

CHUNK_BYTES = 1 << 20
NO_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")
"""No string of JSON holds any."""
TOO_LONG = f"is over {ITEM_MAX_BYTES:,} bytes"


class JsonFile:
    """What both kinds of files have in common. Their users choose the ids."""

    keeps_other_sources = False
    skipped: Mapping[str, Sequence[str]] = {}

    def __init__(self, path: Path, prefix: str = "") -> None:
        self._path = path
        self._prefix = prefix

    @property
    def state(self) -> str:
        """The size of the file and its modification time."""
        stat = self._path.stat()
        return f"{stat.st_size} {stat.st_mtime_ns}"

    def _item(self, location: str, end: int, raw: Frame) -> Item:
        if raw is None:
            return Item(location, end, error=TOO_LONG)
        return json_item(location, end, raw, self._prefix)


class JsonLines(JsonFile):
    """A file with one document on each line. Positions are bytes."""

    @property
    def size(self) -> int:
        """The size of the file."""
        return self._path.stat().st_size

    def items(self, start: int) -> Iterator[Item]:
        """Yield a document for each line that is not blank."""
        with self._path.open("rb") as file:
            number = _lines_before(file, start)
            while line := file.readline(ITEM_MAX_BYTES + 1):
                number += 1
                whole = len(line) <= ITEM_MAX_BYTES
                while not (whole or line.endswith(b"\n")) and (more := file.readline(65536)):
                    line = more
                if not whole or line.strip():
                    yield self._item(f"line {number}", file.tell(), line if whole else None)


class JsonArray(JsonFile):
    """A file with an array of documents, or a page of them. Positions count documents."""

    @property
    def size(self) -> int:
        """The number of documents."""
        return sum(1 for _ in self._frames())

    def items(self, start: int) -> Iterator[Item]:
        """Yield a document for each element of the array."""
        for number, frame in zip(count(1), self._frames()):
            if number > start:
                line = None if frame is None else frame.translate(NO_LINE_ENDS)
                yield self._item(f"document {number}", number, line)

    def _frames(self) -> Iterator[Frame]:
        begin, framer = ArrayStart(), ArrayFramer(ITEM_MAX_BYTES)
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield from framer.feed(begin.feed(chunk))
        yield from framer.close()


def _lines_before(file: BinaryIO, start: int) -> int:
    """Count the lines up to a position and move the file there."""
    lines = 0
    while file.tell() < start:
        lines += file.read(min(CHUNK_BYTES, start - file.tell())).count(b"\n")
    return lines
