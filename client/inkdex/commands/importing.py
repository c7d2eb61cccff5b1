"""`inkdex import`: a folder, a file, or JSON from standard input."""

import argparse
import io
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol, TextIO

from inkdex.client import Inkdex
from inkdex.commands.exported import exported
from inkdex.commands.import_files import FileImport
from inkdex.commands.import_json import JsonImport
from inkdex.commands.import_outcome import Outcome, Reasons
from inkdex.commands.json_values import has_values, values
from inkdex.commands.main import INTERRUPTED
from inkdex.commands.output import complain, connect, say
from inkdex.core.retries import Retries
from inkdex.errors import InkdexError

JSON, LINES = ".json", frozenset({".jsonl", ".ndjson"})
ATTEMPTS = 20
"""About a minute and a half, in which a server restarts."""
NO_DOCUMENTS = "holds no documents: it is no array of JSON, and its first line is not JSON."
NOT_WAITED = "The server embeds what is new now. `--wait` waits, and names what fails."
NO_LONGER_WAITING = (
    "No longer waiting. Everything is stored, and the server goes on embedding it. Run the command "
    "again to wait."
)


class _Import(Protocol):
    def send(self) -> None:
        """Send everything, and note what becomes of it."""

    def wait(self) -> None:
        """Wait until everything is embedded, and note what fails."""


def run(options: argparse.Namespace) -> int:
    """Import, and print what became of everything."""
    with ExitStack() as stack:
        patient = stack.enter_context(connect(options, _patience()))
        outcome = Outcome(Reasons(_refusals(options.refused, stack)))
        sending = _import(patient, options, outcome, stack)
        with connect(options) as inkdex:
            inkdex.whoami()  # Only a server that was there is waited for.
        return _run(sending, options, outcome)


def _patience() -> Retries:
    """Return retries that say why they wait, each reason once."""
    said = set[str]()

    def tell(reason: str) -> None:
        if reason not in said:
            complain(f"Waiting: {reason}")
        said.add(reason)

    return Retries(attempts=ATTEMPTS, on_wait=tell)


def _refusals(path: Path | None, stack: ExitStack) -> TextIO | None:
    return stack.enter_context(path.open("w", encoding="utf-8")) if path else None


def _import(
    inkdex: Inkdex, options: argparse.Namespace, outcome: Outcome, stack: ExitStack
) -> _Import:
    """Choose how to read what the user named; raises OSError, InkdexError."""
    path = Path(options.path)
    if options.all:
        return _all(inkdex, path, options, outcome, stack)
    if options.path != "-":
        path.stat()
        if path.is_dir() or path.suffix.lower() not in LINES | {JSON}:
            return FileImport(inkdex, path, options, outcome)
    file = _opened(options.path, stack)
    return stack.enter_context(closing(JsonImport(inkdex, values(file), file, options, outcome)))


def _all(
    inkdex: Inkdex, folder: Path, options: argparse.Namespace, outcome: Outcome, stack: ExitStack
) -> _Import:
    if options.collection:
        raise ValueError("--all takes the collections of an export, and no --collection.")
    if not folder.is_dir():
        raise InkdexError(f"{folder} is not a folder, which --all needs.")
    lines = JsonImport(inkdex, exported(folder), None, options, outcome)
    return stack.enter_context(closing(lines))


def _opened(path: str, stack: ExitStack) -> io.BufferedReader:
    """Open a file of JSON; raises OSError, and InkdexError for one that holds something else."""
    if path == "-":
        assert isinstance(sys.stdin.buffer, io.BufferedReader)
        return sys.stdin.buffer
    if Path(path).suffix.lower() == JSON:
        with Path(path).open("rb") as file:
            if not has_values(file):
                raise InkdexError(f"{path} {NO_DOCUMENTS}")
    return stack.enter_context(Path(path).open("rb"))


def _run(sending: _Import, options: argparse.Namespace, outcome: Outcome) -> int:
    try:
        sending.send()
    except KeyboardInterrupt:
        outcome.show_stopped()
        return INTERRUPTED
    except InkdexError:
        if outcome.stored:
            outcome.show_stopped()
        raise
    if not options.json:
        outcome.show_sent()
    if options.wait and outcome.stored:
        try:
            sending.wait()
        except KeyboardInterrupt:
            complain(NO_LONGER_WAITING)
            return INTERRUPTED
    if options.json:
        outcome.show_json()
    elif options.wait:
        outcome.show_settled()
    elif outcome.accepted:
        say(NOT_WAITED)
    return outcome.status
