"""`inkdex export`: lines that `inkdex import` takes."""

import argparse
import sys
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from inkdex.client import Inkdex
from inkdex.commands.output import Progress, complain, connect
from inkdex.core.requests import encoded


def run(options: argparse.Namespace) -> int:
    """Write all documents of a collection, or of every one."""
    with connect(options) as inkdex:
        if options.all:
            _export_all(inkdex, options)
        elif options.output:
            _export_to(inkdex, options.collection, options.output, options)
        else:
            _export(inkdex, options.collection, sys.stdout.buffer, options)
    return 0


def _export_all(inkdex: Inkdex, options: argparse.Namespace) -> None:
    if options.output is None or options.after:
        raise ValueError("--all needs --output, a folder, and has no --after.")
    options.output.mkdir(parents=True, exist_ok=True)
    for collection in inkdex.collections.list():
        complain(f"Exporting {collection.name}")
        file = options.output / f"{quote(collection.name, safe='')}.jsonl"
        _export_to(inkdex, collection.name, file, options)


def _export_to(inkdex: Inkdex, name: str, file: Path, options: argparse.Namespace) -> None:
    """Write a `.part` file, and rename it when it is whole. A device or pipe is written to."""
    if file.exists() and not file.is_file():
        with file.open("wb") as output:
            _export(inkdex, name, output, options)
        return
    file = file.resolve()
    unfinished = file.with_name(f"{file.name}.part")
    with unfinished.open("wb") as output:
        _export(inkdex, name, output, options)
    unfinished.replace(file)


def _export(inkdex: Inkdex, name: str, output: BinaryIO, options: argparse.Namespace) -> None:
    progress = Progress("Exporting")
    documents = inkdex.collections.export(
        name, vectors=options.vectors or None, after=options.after
    )
    for number, document in enumerate(documents, 1):
        output.write(encoded(document) + b"\n")
        progress(number)
    output.flush()
    progress.end()
