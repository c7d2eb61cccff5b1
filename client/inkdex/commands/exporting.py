"""`inkdex export`: lines that `inkdex import` takes."""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from inkdex.client import Inkdex
from inkdex.commands.output import Progress, connect
from inkdex.core.requests import encoded
from inkdex.errors import InkdexError

EXPORT = "GET /v1/collections/{name}/export"


def run(options: argparse.Namespace) -> int:
    """Write all documents of a collection."""
    progress = Progress("Exporting")
    with connect(options) as inkdex:
        documents = _documents(inkdex, options)
        output = options.output.open("wb") if options.output else sys.stdout.buffer
        try:
            for number, document in enumerate(documents, 1):
                output.write(encoded(document) + b"\n")
                progress(number)
        finally:
            output.flush()
            if options.output:
                output.close()
    progress.end()
    return 0


def _documents(inkdex: Inkdex, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    if inkdex.description().has(EXPORT):
        yield from inkdex.collections.export(
            options.collection, vectors=options.vectors or None, after=options.after
        )
        return
    if options.vectors or options.after:
        raise InkdexError("The server exports neither with vectors nor from a place.")
    for each in inkdex.documents.list(collection=options.collection, sort="id"):
        yield each.model_dump(mode="json", include={"id", "title", "content", "metadata"})
