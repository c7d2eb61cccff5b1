"""`inkdex search` and `inkdex similar`."""

import argparse
from collections.abc import Sequence

from inkdex.commands.output import complain, connect, say_json, table
from inkdex.models.search import Hit


def run(options: argparse.Namespace) -> int:
    """Print hits."""
    with connect(options) as inkdex:
        if options.command == "similar":
            similar = inkdex.similar(
                options.id,
                collection=options.collection,
                filter=options.filter,
                limit=options.limit,
            )
            return _show(options, similar, similar.hits)
        found = inkdex.search(
            options.query,
            collection=options.collection,
            filter=options.filter,
            mode=options.mode,
            limit=options.limit,
            rerank=options.rerank or None,
        )
    if found.degraded:
        complain(f"Searched by words only: {found.degraded.reason}.")
    return _show(options, found, found.hits)


def _show(options: argparse.Namespace, answer: object, hits: Sequence[Hit]) -> int:
    if options.json:
        say_json(answer)
    else:
        table(("SCORE", "ID", "TITLE", "TEXT"), map(_row, hits))
    return 0


def _row(hit: Hit) -> tuple[str, str, str | None, str]:
    place = f" ({hit.location.unit} {hit.location.number})" if hit.location else ""
    return f"{hit.score:.3f}", hit.document.id, hit.document.title, hit.text + place
