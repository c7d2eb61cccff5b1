"""Imports a file of documents, or a folder of texts, into a running Inkdex."""

import argparse
import sys
import time
from pathlib import Path

from pydantic import ValidationError

from local.errors import StackError
from local.importing import import_run
from local.importing.checkpoint import Checkpoint
from local.importing.client import Client
from local.importing.sources import open_source
from shared.config import Settings, setting_errors


def main() -> int:
    """Import, print a summary, wait until all documents are ready. Return the exit status."""
    options = _parser().parse_args()
    try:
        return _import(options)
    except ValidationError as error:
        import_run.show_error("\n".join(setting_errors(error)))
    except StackError as error:
        import_run.show_error(str(error))
    except KeyboardInterrupt:
        import_run.console.print("\nInterrupted. Run the command again to continue.")
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make import FILE=", description=__doc__)
    parser.add_argument("path", type=Path, help="a .jsonl file, or a folder of .txt and .md files")
    parser.add_argument("--collection", help="collection of the documents that name none")
    parser.add_argument(
        "--no-wait", action="store_true", help="exit without waiting until all are ready"
    )
    return parser


def _import(options: argparse.Namespace) -> int:
    settings = Settings()
    api = settings.api_url or f"http://127.0.0.1:{settings.api_port}"
    source = open_source(options.path)
    folder = settings.data_dir.expanduser().resolve() / "imports"
    path, collection = str(options.path.resolve()), options.collection or ""
    rejects = folder / f"{options.path.resolve().name}.rejected.jsonl"
    with Client(api.rstrip("/"), options.collection, import_run.show_wait) as client:
        import_run.console.print(f"Importing {options.path} into {api}", markup=False)
        started = time.monotonic()
        checkpoint = Checkpoint(folder, path, source.state, collection, api)
        progress = import_run.run(source, client, checkpoint, rejects)
        import_run.summarize(progress, time.monotonic() - started, rejects)
        if not options.no_wait:
            import_run.wait(client)
    return int(progress.rejected > 0 and not progress.accepted + progress.unchanged)


if __name__ == "__main__":
    sys.exit(main())
