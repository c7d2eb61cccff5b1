"""Reads a file into parts on the disk, so that documents change only if all of it can be read."""

import json
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict
from pathlib import Path

from shared.db.files import contents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.files.file import DueFile
from shared.domain.files.parts import Mark, Part
from shared.ports.extraction import Extractor


class ReadingStopped(Exception):
    """The worker stops, or the lease is lost."""


async def copy_to(database: AsyncDatabase, due: DueFile, path: Path) -> None:
    """Write a file's bytes to the disk. No connection is held while they are written."""
    number = 0
    with path.open("wb") as target:
        while True:
            async with database.connection() as connection:
                found = await contents.read_piece(connection, due.content_key, number)
            if found is None:
                return
            target.write(found)
            number += 1


def read_parts(
    extractor: Extractor, due: DueFile, source: Path, target: Path, stopped: Callable[[], bool]
) -> int:
    """Write the parts of a file to `target`, one a line; return their number. It blocks.

    Raises ExtractionFailed and ReadingStopped.
    """
    count = 0
    parts = extractor.extract(source, due.name, due.media_type)
    try:
        with target.open("w", encoding="utf-8") as lines:
            for part in parts:
                if stopped():
                    raise ReadingStopped
                lines.write(json.dumps(asdict(part)) + "\n")
                count += 1
    finally:
        if isinstance(parts, Generator):
            parts.close()
    return count


def parts_of(path: Path) -> Iterator[Part]:
    """Yield the parts that `read_parts` wrote."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            value = json.loads(line)
            marks = tuple(Mark(**mark) for mark in value.pop("marks"))
            yield Part(**value, marks=marks)
