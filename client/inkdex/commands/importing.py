"""`inkdex import`: a folder, a file, or lines from standard input."""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from inkdex.client import Inkdex
from inkdex.commands.json_values import VALUE_MAX_BYTES, values
from inkdex.commands.output import Progress, complain, connect, say, say_json
from inkdex.errors import InkdexError
from inkdex.folders.scan import TEXT_SUFFIXES, scan
from inkdex.folders.sending import Sender
from inkdex.folders.texts import Source
from inkdex.operations.bulk import BulkResult

LINES = frozenset({".jsonl", ".ndjson", ".json"})
NOT_A_DOCUMENT = f"is not an object of JSON of at most {VALUE_MAX_BYTES:,} bytes"
SHOWN = 20
IDS = 500


@dataclass(slots=True)
class _Outcome:
    """What an import did."""

    accepted: int = 0
    unchanged: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    refused_count: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    sent: list[tuple[str | None, str]] = field(default_factory=list)
    """Collections and ids, to wait for."""


def run(options: argparse.Namespace) -> int:
    """Import, and print what became of everything."""
    with connect(options) as inkdex:
        if options.path == "-":
            outcome = _lines(inkdex, sys.stdin.buffer, options)
        else:
            outcome = _path(inkdex, Path(options.path), options)
        failed = _wait(inkdex, outcome) if options.wait else 0
    _show(options, outcome, failed)
    return int(bool(outcome.refused_count or failed))


def _path(inkdex: Inkdex, path: Path, options: argparse.Namespace) -> _Outcome:
    path.stat()
    if path.is_dir():
        found = scan(path, with_files=inkdex.description().has("POST /v1/files"))
        outcome = _files(inkdex, path, sorted(found.files), options)
        outcome.refused |= found.problems
        outcome.refused_count = len(outcome.refused)
        outcome.skipped = dict(found.skipped)
        return outcome
    if path.suffix.lower() not in LINES:
        return _file(inkdex, path, options)
    with path.open("rb") as file:
        return _lines(inkdex, file, options)


def _file(inkdex: Inkdex, path: Path, options: argparse.Namespace) -> _Outcome:
    is_text = path.suffix.lower() in TEXT_SUFFIXES
    if not is_text and not inkdex.description().has("POST /v1/files"):
        raise InkdexError(f"The server takes no {path.suffix or 'such'} files.")
    return _files(inkdex, path.parent, [path.name], options)


def _files(inkdex: Inkdex, folder: Path, paths: list[str], options: argparse.Namespace) -> _Outcome:
    sender = Sender(inkdex, folder, Source.of(folder, options.source), options.collection)
    outcome, progress, sent = _Outcome(), Progress("Sending"), 0
    for batch in sender.send(paths):
        sent += len(batch)
        outcome.sent += [(options.collection, each.id) for each in batch if each.kind == "text"]
        progress(sent, len(paths))
    progress.end()
    outcome.unchanged = sender.unchanged
    outcome.accepted = sent - sender.unchanged
    outcome.refused, outcome.refused_count = sender.refused, len(sender.refused)
    return outcome


def _lines(inkdex: Inkdex, file: BinaryIO, options: argparse.Namespace) -> _Outcome:
    outcome, progress = _Outcome(), Progress("Sending")
    prefix = f"{options.source}/" if options.source else ""

    def show(result: BulkResult) -> None:
        progress(result.sent)

    result = inkdex.documents.bulk(
        _documents(values(file), prefix, outcome, options),
        collection=options.collection,
        on_progress=show,
    )
    progress.end()
    outcome.accepted, outcome.unchanged = result.accepted, result.unchanged
    outcome.refused |= {each.id or f"document {each.line}": each.error for each in result.rejected}
    outcome.refused_count += result.rejected_count
    return outcome


def _documents(
    values: Iterable[tuple[int, Any]], prefix: str, outcome: _Outcome, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """Yield documents with ids. Those without one get that of `make import`."""
    for number, value in values:
        if not isinstance(value, dict):
            if len(outcome.refused) < SHOWN:
                outcome.refused[f"line {number}"] = NOT_A_DOCUMENT
            outcome.refused_count += 1
            continue
        id_ = value.get("id")
        if id_ is None:
            id_ = _derived_id(value)
        document = {**value, "id": prefix + id_ if isinstance(id_, str) else id_}
        if options.wait and isinstance(id_, str):
            outcome.sent.append((value.get("collection") or options.collection, prefix + id_))
        yield document


def _derived_id(document: dict[str, Any]) -> str:
    given = [document.get("title"), document.get("content")]
    if metadata := document.get("metadata"):
        given.append(metadata)
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:32]


def _wait(inkdex: Inkdex, outcome: _Outcome) -> int:
    """Wait until nothing is pending. Return how many documents failed."""
    progress, failed, done = Progress("Ready"), 0, 0
    for collection in {each for each, _ in outcome.sent}:
        ids = [id_ for each, id_ in outcome.sent if each == collection]
        for start in range(0, len(ids), IDS):
            states = inkdex.documents.wait(ids[start : start + IDS], collection=collection)
            failed += sum(each.status == "failed" for each in states)
            done += len(ids[start : start + IDS])
            progress(done, len(outcome.sent))
    progress.end()
    return failed


def _show(options: argparse.Namespace, outcome: _Outcome, failed: int) -> None:
    if options.json:
        say_json(
            {
                "accepted": outcome.accepted,
                "unchanged": outcome.unchanged,
                "refused": outcome.refused,
                "refused_count": outcome.refused_count,
                "skipped": outcome.skipped,
                "failed": failed,
            }
        )
        return
    say(f"{outcome.accepted:,} accepted, {outcome.unchanged:,} unchanged")
    for reason, count in sorted(outcome.skipped.items()):
        say(f"{count:,} skipped: {reason}")
    for name, reason in list(outcome.refused.items())[:SHOWN]:
        complain(f"{name}: {reason}")
    if outcome.refused_count > SHOWN:
        complain(f"{outcome.refused_count:,} refused in all")
    if failed:
        complain(f"{failed:,} failed")
