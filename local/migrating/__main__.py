"""Changes the embedding model of a collection, or acts on a change that runs."""

import argparse
import sys
from typing import Any

from pydantic import ValidationError

from local.api import address
from local.errors import StackError
from local.migrating.client import Client, Migration, MigrationRuns
from local.migrating.sentences import heading, next_steps, outcome, preflight, progress
from local.migrating.watching import watch
from local.output import show, show_error, show_wait
from local.stack.model_choice import is_same_model
from shared.config import Settings, setting_errors
from shared.domain.documents.document import DEFAULT_COLLECTION
from shared.domain.models.migration import FILLING_STATES, Cutover, MigrationAction, MigrationState

STATUS = "status"
WATCHED_ACTIONS = (MigrationAction.RESUME, MigrationAction.CUTOVER)
FAILED_STATES = (MigrationState.ABORTING, MigrationState.ABORTED)
STOPPED_WATCHING = (
    "\nNo longer watching. The migration goes on. Run the command again to watch, or end it with "
    "ACTION=abort."
)


def main() -> int:
    """Start a migration and watch it, or do what ACTION says. Return the exit status."""
    options = _parser().parse_args()
    try:
        with Client(address(Settings()), options.collection, show_wait) as client:
            if options.action:
                return _act(client, options)
            return _migrate(client, options)
    except ValidationError as error:
        show_error("\n".join(setting_errors(error)))
    except (StackError, MigrationRuns) as error:
        show_error(str(error))
    except KeyboardInterrupt:
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make migrate-model MODEL=", description=__doc__)
    parser.add_argument("model", nargs="?", help="the new model, as the model server names it")
    parser.add_argument("--collection", default=DEFAULT_COLLECTION)
    parser.add_argument("--dimensions", type=int, help="cut the vectors to this many dimensions")
    parser.add_argument("--chunk-tokens", type=int, help="the size of chunks, in tokens")
    parser.add_argument("--cutover", choices=[*map(str, Cutover)], help="who starts the cut-over")
    parser.add_argument("--rollback-hours", type=float, help="how long a rollback is possible")
    parser.add_argument("--action", choices=[STATUS, *map(str, MigrationAction)])
    return parser


def _migrate(client: Client, options: argparse.Namespace) -> int:
    """Start a migration, or take the one that runs. Watch it."""
    migration = _start(client, _wanted(options)) if options.model else client.running()
    if migration is None:
        raise StackError("No migration runs. Name the new model: make migrate-model MODEL=")
    show(heading(migration))
    if migration["state"] in FILLING_STATES:
        for line in preflight(migration):
            show(line)
    return _follow(client, migration)


def _wanted(options: argparse.Namespace) -> dict[str, Any]:
    names = ("model", "dimensions", "chunk_tokens", "cutover", "rollback_hours")
    values = {name: getattr(options, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _start(client: Client, wanted: dict[str, Any]) -> Migration:
    """Start a migration. If the same one runs already, return it."""
    try:
        return client.start(wanted)
    except MigrationRuns:
        running = client.running()
        if running is None or not is_same_model(running["to"]["name"], wanted["model"]):
            raise
        return running


def _act(client: Client, options: argparse.Namespace) -> int:
    if options.action == STATUS:
        return _show_status(client)
    running = client.running()
    if running is None:
        raise StackError(f"No migration of the collection {options.collection} runs.")
    migration = client.act(running, options.action)
    show(heading(migration))
    if options.action in WATCHED_ACTIONS:
        asked = options.action == MigrationAction.CUTOVER
        return _follow(client, migration, cutover_asked=asked)
    _summarize(migration)
    return 0


def _show_status(client: Client) -> int:
    newest = client.newest()
    if newest is None:
        show("The collection has had no migration.")
        return 0
    show(heading(newest))
    _summarize(newest)
    return 0


def _follow(client: Client, migration: Migration, *, cutover_asked: bool = False) -> int:
    try:
        migration = watch(client, migration, cutover_asked=cutover_asked)
    except KeyboardInterrupt:
        show(STOPPED_WATCHING)
        return 130
    _summarize(migration)
    return int(migration["state"] in FAILED_STATES)


def _summarize(migration: Migration) -> None:
    for line in progress(migration):
        show(line)
    show(outcome(migration))
    for line in next_steps(migration):
        show(line)


if __name__ == "__main__":
    sys.exit(main())
