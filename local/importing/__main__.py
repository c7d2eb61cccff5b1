"""Imports a file of documents, or a folder of texts, into a running Inkdex."""

import argparse
import sqlite3
import sys
import time
from pathlib import Path

from pydantic import ValidationError

from local.api import address
from local.errors import StackError
from local.importing.checkpoint import Checkpoint
from local.importing.client import Client
from local.importing.import_run import ImportRun
from local.importing.items import Source, shown
from local.importing.open_source import open_source
from local.importing.summary import show_files, show_outcome, summarize
from local.importing.waiting import wait, wait_for_files
from local.output import show, show_error, show_wait
from shared.config import Settings, setting_errors
from shared.domain.documents.document import DEFAULT_COLLECTION

SOURCE_MAX_CHARACTERS = 100
INTERRUPTED = "\nInterrupted. What was sent is stored. Run the command again to continue."
STOPPED_WAITING = (
    "\nNo longer waiting. Everything is stored, and the workers go on embedding it. "
    "Run the command again to wait."
)


def main() -> int:
    """Import, print a summary, wait until all documents are ready. Return the exit status."""
    options = _parser().parse_args()
    try:
        return _import(options)
    except ValidationError as error:
        show_error("\n".join(setting_errors(error)))
    except StackError as error:
        show_error(str(error))
    except OSError as error:
        show_error(f"{shown(str(error.filename or options.path))}: {error.strerror}.")
    except sqlite3.Error as error:
        show_error(f"The progress of the import can't be written: {error}.")
    except KeyboardInterrupt:
        show(INTERRUPTED)
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make import FILE=", description=__doc__)
    parser.add_argument(
        "path",
        type=Path,
        help="a folder, or a file: JSON Lines, a JSON array, text, PDF and others",
    )
    parser.add_argument("--collection", help="collection of the documents that name none")
    parser.add_argument(
        "--source", type=_source_name, metavar="NAME", help="a name in front of all ids"
    )
    parser.add_argument(
        "--replace", action="store_true", help="replace documents of other sources too"
    )
    parser.add_argument(
        "--no-wait", action="store_true", help="exit without waiting until all are ready"
    )
    return parser


def _source_name(text: str) -> str:
    name = text.strip().strip("/")
    if not (name.isprintable() and 0 < len(name) <= SOURCE_MAX_CHARACTERS) or name in {".", ".."}:
        raise argparse.ArgumentTypeError(
            f"must have 1 to {SOURCE_MAX_CHARACTERS} printable characters"
        )
    return name


def _import(options: argparse.Namespace) -> int:
    settings = Settings()
    api = address(settings)
    source = open_source(options.path, options.source)
    keep = source.keeps_other_sources and not options.replace
    checkpoint = _checkpoint(options, settings, source, api)
    with Client(api, options.collection, show_wait, keep_other_sources=keep) as client:
        show(f"Importing {shown(str(options.path))} into {api}")
        run = ImportRun(client, checkpoint, options.collection or DEFAULT_COLLECTION)
        with run.sent, run.sent_files:
            started = time.monotonic()
            run.run(source)
            summarize(run.progress, source.skipped, run.rejects)
            show(f"  {time.monotonic() - started:.1f} s")
            return _finish(run, client, wait_until_ready=not options.no_wait)


def _checkpoint(
    options: argparse.Namespace, settings: Settings, source: Source, api: str
) -> Checkpoint:
    folder = settings.data_dir.expanduser().resolve() / "imports"
    path, collection = str(options.path.resolve()), options.collection or ""
    named = [options.source or "", str(options.replace)]
    return Checkpoint(folder, path, source.state, collection, api, *named)


def _finish(run: ImportRun, client: Client, *, wait_until_ready: bool) -> int:
    """Wait until all documents are ready. Return 0 if every document was imported."""
    if not run.progress.stored:
        show("Nothing was imported.")
        return 1
    failed = 0
    if wait_until_ready:
        started = time.monotonic()
        try:
            outcome = wait(client, run.sent)
            show_outcome(outcome, time.monotonic() - started)
            failed = outcome.failed + _wait_for_files(run, client)
        except KeyboardInterrupt:
            show(STOPPED_WAITING)
            return 130
    run.sent.delete()
    run.sent_files.delete()
    return int(bool(run.progress.rejected or failed))


def _wait_for_files(run: ImportRun, client: Client) -> int:
    """Wait until all files are read. Return how many failed."""
    if not len(run.sent_files):
        return 0
    outcome = wait_for_files(client, run.sent_files)
    show_files(outcome)
    return outcome.failed


if __name__ == "__main__":
    sys.exit(main())
