"""`inkdex export`: lines that `inkdex import` takes."""

import argparse
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, unquote

from inkdex.client import Inkdex
from inkdex.commands.output import Progress, complain, connect
from inkdex.core.requests import encoded

NAME_BYTES = 120
"""File systems take 255, and some that encrypt names 143."""
DIGEST_CHARACTERS = 32

Line = Mapping[str, Any]


def run(options: argparse.Namespace) -> int:
    """Write all documents of a collection, or of every one."""
    with connect(options) as inkdex:
        if options.all:
            _export_all(inkdex, options)
        elif options.output:
            _write_to(_lines(inkdex, options.collection, options), options.output)
        else:
            _write(_lines(inkdex, options.collection, options), sys.stdout.buffer)
    return 0


def _export_all(inkdex: Inkdex, options: argparse.Namespace) -> None:
    if options.output is None or options.after:
        raise ValueError("--all needs --output, a folder, and has no --after.")
    options.output.mkdir(parents=True, exist_ok=True)
    taken = set[str]()
    for collection in inkdex.collections.list():
        complain(f"Exporting {collection.name}")
        file = options.output / file_name(collection.name, taken)
        _write_to(_named(_lines(inkdex, collection.name, options), collection.name, file), file)
    _complain_of_others(options.output, taken)


def _named(lines: Iterable[Line], collection: str, file: Path) -> Iterable[Line]:
    """Return lines that name their collection if the file does not."""
    if unquote(file.stem) == collection:
        return lines
    return ({**line, "collection": collection} for line in lines)


def _complain_of_others(folder: Path, taken: set[str]) -> None:
    for file in sorted(folder.glob("*.jsonl")):
        if file.stem.casefold() not in taken:
            complain(f"{file} is of an earlier export. `import --all` would bring it back.")


def file_name(collection: str, taken: set[str]) -> str:
    """Return a name that fits any file system, and take it: some do not tell A from a.

    If it is not the quoted collection, the lines name that.
    """
    name = quote(collection, safe="")
    if len(name) > NAME_BYTES or name.casefold() in taken:
        digest = hashlib.sha256(collection.encode()).hexdigest()[:DIGEST_CHARACTERS]
        # No quoted name has an equals sign.
        name = f"{name[: NAME_BYTES - DIGEST_CHARACTERS - 1]}={digest}"
    taken.add(name.casefold())
    return f"{name}.jsonl"


def _write_to(lines: Iterable[Line], file: Path) -> None:
    """Write a `.part` file, and rename it when it is whole. A device or pipe is written to."""
    if file.exists() and not file.is_file():
        with file.open("wb") as output:
            _write(lines, output)
        return
    file = file.resolve()
    unfinished = file.with_name(f"{file.name}.part")
    with unfinished.open("wb") as output:
        _write(lines, output)
    unfinished.replace(file)


def _lines(inkdex: Inkdex, name: str, options: argparse.Namespace) -> Iterator[Line]:
    return inkdex.collections.export(name, vectors=options.vectors or None, after=options.after)


def _write(lines: Iterable[Line], output: BinaryIO) -> None:
    progress = Progress("Exporting")
    for number, line in enumerate(lines, 1):
        output.write(encoded(line) + b"\n")
        progress(number)
    output.flush()
    progress.end()
