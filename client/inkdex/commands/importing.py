"""`inkdex import`: a folder, a file, or lines from standard input."""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

from inkdex.client import Inkdex
from inkdex.commands.json_values import VALUE_MAX_BYTES, values
from inkdex.commands.output import Progress, complain, connect, say, say_json, show_skipped
from inkdex.commands.waiting import wait_until_embedded
from inkdex.operations.bulk import BulkResult
from inkdex.sources.folder import Folder, source_of
from inkdex.sources.reading import Reading
from inkdex.sources.sending import Sender

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
    skipped: dict[str, list[str]] = field(default_factory=dict)
    sent: list[tuple[str | None, str]] = field(default_factory=list)
    """Collections and ids of documents, to wait for."""
    reading: Reading | None = None
    """What the server makes of the files."""
    paths: set[str] = field(default_factory=set)
    """The files that were sent."""
    failed: dict[str, str | None] = field(default_factory=dict)
    """Why documents and files could not be read or embedded."""


def run(options: argparse.Namespace) -> int:
    """Import, and print what became of everything."""
    with connect(options) as inkdex:
        if options.path == "-":
            outcome = _lines(inkdex, _numbered(sys.stdin.buffer), options)
        else:
            outcome = _path(inkdex, Path(options.path), options)
        if options.wait:
            _wait(inkdex, outcome)
    _show(options, outcome)
    return int(bool(outcome.refused_count or outcome.failed))


def _path(inkdex: Inkdex, path: Path, options: argparse.Namespace) -> _Outcome:
    path.stat()
    if options.all:
        if options.collection:
            raise ValueError("--all takes the collections of an export, and no --collection.")
        return _lines(inkdex, _exported(path), options)
    if path.is_dir():
        found = Folder(path).scan()
        outcome = _files(inkdex, path, sorted(found.files), options)
        outcome.refused |= found.problems
        outcome.refused_count = len(outcome.refused)
        outcome.skipped = found.skipped
        return outcome
    if path.suffix.lower() not in LINES:
        return _files(inkdex, path.parent, [path.name], options)
    with path.open("rb") as file:
        return _lines(inkdex, _numbered(file), options)


def _numbered(file: BinaryIO) -> Iterator[tuple[str, Any]]:
    for number, value in values(file):
        yield f"line {number}", value


def _exported(folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield the lines of `inkdex export --all`. Without a collection, it is that of the name."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            for place, value in _numbered(file):
                if isinstance(value, dict):
                    value.setdefault("collection", unquote(path.stem))
                yield f"{path.name}, {place}", value


def _files(inkdex: Inkdex, folder: Path, paths: list[str], options: argparse.Namespace) -> _Outcome:
    source = source_of(folder, options.source)
    sender = Sender(inkdex, Folder(folder), source, options.collection)
    outcome = _Outcome(reading=Reading(inkdex, source, options.collection))
    progress = Progress("Sending")
    for each in sender.send(paths):
        outcome.unchanged += each.is_read
        outcome.accepted += not each.is_read
        outcome.paths.add(each.path)
        progress(outcome.accepted + outcome.unchanged, len(paths))
    progress.end()
    outcome.refused, outcome.refused_count = sender.refused, len(sender.refused)
    return outcome


def _lines(
    inkdex: Inkdex, lines: Iterable[tuple[str, Any]], options: argparse.Namespace
) -> _Outcome:
    outcome, progress = _Outcome(), Progress("Sending")
    prefix = f"{options.source}/" if options.source else ""

    def show(result: BulkResult) -> None:
        progress(result.sent)

    result = inkdex.documents.bulk(
        _documents(lines, prefix, outcome, options),
        collection=options.collection,
        on_progress=show,
    )
    progress.end()
    outcome.accepted, outcome.unchanged = result.accepted, result.unchanged
    outcome.refused |= {each.id or f"document {each.line}": each.error for each in result.rejected}
    outcome.refused_count += result.rejected_count
    return outcome


def _documents(
    lines: Iterable[tuple[str, Any]], prefix: str, outcome: _Outcome, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """Yield documents with ids. Those without one get that of `make import`."""
    for place, value in lines:
        if not isinstance(value, dict):
            if len(outcome.refused) < SHOWN:
                outcome.refused[place] = NOT_A_DOCUMENT
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


def _wait(inkdex: Inkdex, outcome: _Outcome) -> None:
    """Wait until all is embedded, and note what failed."""
    if outcome.reading:
        wait_until_embedded(outcome.reading)
        failures = outcome.reading.failures()
        outcome.failed |= {path: failures[path] for path in failures if path in outcome.paths}
    progress, done = Progress("Ready"), 0
    for collection in {each for each, _ in outcome.sent}:
        ids = [id_ for each, id_ in outcome.sent if each == collection]
        for start in range(0, len(ids), IDS):
            states = inkdex.documents.wait(ids[start : start + IDS], collection=collection)
            failed = [each for each in states if each.status == "failed"]
            outcome.failed |= {each.id: each.error_message for each in failed}
            done += len(ids[start : start + IDS])
            progress(done, len(outcome.sent))
    progress.end()


def _show(options: argparse.Namespace, outcome: _Outcome) -> None:
    if options.json:
        say_json(
            {
                "accepted": outcome.accepted,
                "unchanged": outcome.unchanged,
                "refused": outcome.refused,
                "refused_count": outcome.refused_count,
                "skipped": outcome.skipped,
                "failed": outcome.failed,
            }
        )
        return
    say(f"{outcome.accepted:,} accepted, {outcome.unchanged:,} unchanged")
    show_skipped(outcome.skipped)
    _complain(outcome.refused, outcome.refused_count, "refused")
    _complain(outcome.failed, len(outcome.failed), "failed")
    if outcome.reading and outcome.accepted and not options.wait:
        say("The server reads the files now. `--wait` waits, and says which cannot be read.")


def _complain(reasons: Mapping[str, str | None], count: int, word: str) -> None:
    for name, reason in list(reasons.items())[:SHOWN]:
        complain(f"{name}: {reason}")
    if count > SHOWN:
        complain(f"{count:,} {word} in all")
