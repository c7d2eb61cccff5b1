"""`python -m local.importing PATH`: see the package."""

import argparse
import sys
import time
from pathlib import Path

from pydantic import ValidationError

from local.errors import StackError
from local.importing import course
from local.importing.checkpoint import Checkpoint
from local.importing.client import Client
from local.importing.sources import source
from shared.config import Settings, setting_errors


def main() -> int:
    """Import, say what became of it, and wait until it is ready; return the exit status."""
    options = _parser().parse_args()
    try:
        return _import(options)
    except ValidationError as error:
        course.console.print("\n".join(setting_errors(error)), style="red", markup=False)
    except StackError as error:
        course.console.print(str(error), style="red", markup=False)
    except KeyboardInterrupt:
        course.console.print("\nInterrupted. Run it again to go on.")
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make import FILE=", description=__doc__)
    parser.add_argument("path", type=Path, help="a .jsonl file, or a folder of .txt and .md files")
    parser.add_argument("--collection", help="for documents that name none themselves")
    parser.add_argument("--no-wait", action="store_true", help="end before all is ready")
    return parser


def _import(options: argparse.Namespace) -> int:
    settings = Settings()
    api = settings.api_url or f"http://127.0.0.1:{settings.api_port}"
    found = source(options.path)
    folder = settings.data_dir.expanduser().resolve() / "imports"
    path, collection = str(options.path.resolve()), options.collection or ""
    rejects = folder / f"{options.path.resolve().name}.rejected.jsonl"
    with Client(api.rstrip("/"), options.collection, course.tell) as client:
        course.console.print(f"Importing {options.path} into {api}", markup=False)
        started = time.monotonic()
        checkpoint = Checkpoint(folder, path, found.state, collection, api)
        done = course.run(found, client, checkpoint, rejects)
        course.summarize(done, time.monotonic() - started, rejects)
        if not options.no_wait:
            course.wait(client)
    return int(done.rejected > 0 and not done.accepted + done.unchanged)


if __name__ == "__main__":
    sys.exit(main())
