"""What the command says about a migration, in words."""

import math
import shlex
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from local.migrating.client import Migration
from shared.domain.models.migration import (
    FILLING_STATES,
    REVERSIBLE_STATES,
    Cutover,
    MigrationState,
)

STATES = {
    MigrationState.PREPARING: "preparing",
    MigrationState.FILLING: "embedding",
    MigrationState.READY: "ready",
    MigrationState.SWITCHED: "switched",
    MigrationState.ROLLED_BACK: "rolled back",
    MigrationState.DROPPING: "deleting the vectors that no search needs",
    MigrationState.ABORTING: "deleting the new vectors",
    MigrationState.DONE: "done",
    MigrationState.ABORTED: "undone",
}
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_BYTE_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def models(migration: Migration) -> tuple[str, str]:
    """Return the names of the two models, told apart if they are the same model cut otherwise."""
    former, new = migration["from"]["name"], migration["to"]["name"]
    return (f"the former {former}", f"the new {new}") if former == new else (former, new)


def unused_model(migration: Migration) -> str:
    """Return the model that searches do not use."""
    former, new = models(migration)
    return former if migration["state"] == MigrationState.SWITCHED else new


def heading(migration: Migration) -> str:
    former, new = models(migration)
    return (
        f"Migration {migration['id']} of the collection {migration['collection']}: "
        f"from {former} to {new}, {state(migration)}"
    )


def state(migration: Migration) -> str:
    """Return how far a migration is, in a word or two."""
    if migration["paused"]:
        return "paused"
    owes = migration["state"] == MigrationState.READY and counts(migration)["pending"]
    return STATES[MigrationState.FILLING if owes else migration["state"]]


def preflight(migration: Migration) -> Iterator[str]:
    """Yield what was measured before the start."""
    found, new = migration["preflight"], models(migration)[1]
    size = found["table_bytes"] + found["index_bytes"]
    context = found["context_tokens"]
    yield f"  {found['documents']:,} documents, about {found['chunks']:,} chunks"
    if found["seconds"] is not None:
        yield (
            f"  about {duration(found['seconds'])}, at {found['chunks_per_second']:,.0f} chunks a "
            "second; searches and writes go on"
        )
    yield (
        f"  about {byte_size(size)} more on the disk: {byte_size(found['table_bytes'])} of vectors "
        f"with {found['dimensions']} dimensions, {byte_size(found['index_bytes'])} of their index"
    )
    if context:
        yield f"  {new} reads {context:,} tokens of a text"
    if found["assumed"]:
        yield f"  assumed: {found['assumed']}"


def counts(migration: Migration) -> dict[str, Any]:
    """Return the progress, also before the first count."""
    first: dict[str, Any] = {
        "total": migration["preflight"]["documents"],
        "embedded": 0,
        "pending": migration["preflight"]["documents"],
        "failed": 0,
        "documents_per_second": None,
        "seconds_left": None,
        "index": "missing",
    }
    first.update(migration["progress"])
    return first


def progress(migration: Migration) -> Iterator[str]:
    """Yield the counts, the index, what the next step waits for, and how alike the models are."""
    counted = counts(migration)
    if migration["state"] in (*FILLING_STATES, *REVERSIBLE_STATES):
        yield f"  {count(migration)}"
    if counted["failed"]:
        reasons = ", ".join(f"{code} {number:,}" for code, number in counted["failures"].items())
        yield f"  {counted['failed']:,} failed: {reasons}"
    if migration["detail"]:
        yield f"  {migration['detail']}"
    if alike := migration["comparison"]:
        yield (
            f"  For {alike['queries']:,} recent queries, both models have "
            f"{alike['overlap_at_10']:.0%} of the first ten results in common"
        )


def count(migration: Migration) -> str:
    """Return the count of embedded documents, their rate and the time left, on one line."""
    counted = counts(migration)
    parts = [f"{counted['embedded']:,} of {counted['total']:,} documents", *speed(migration)]
    if counted["index"] != "valid":
        parts.append(f"index: {counted['index']}")
    return ", ".join(parts)


def speed(migration: Migration) -> Iterator[str]:
    """Yield the rate and the time left, as far as they are known."""
    counted = counts(migration)
    if counted["documents_per_second"]:
        yield f"{counted['documents_per_second']:,.0f}/s"
    if counted["seconds_left"]:
        yield f"{duration(counted['seconds_left'])} left"


def outcome(migration: Migration) -> str:
    """Return what is so now."""
    former, new = models(migration)
    searches = f"Searches of the collection {migration['collection']} use"
    match migration["state"]:
        case MigrationState.SWITCHED:
            return f"{searches} {new} since {moment(migration['switched_at'])}."
        case MigrationState.DROPPING:
            return "The vectors that no search needs are deleted in the background."
        case MigrationState.DONE:
            return f"{searches} {new}. The vectors of {former} are deleted."
        case MigrationState.READY if migration["cutover"] == Cutover.MANUAL:
            return f"{new} is ready. {searches} {former}."
        case _:
            return f"{searches} {former}."


def next_steps(migration: Migration) -> Iterator[str]:
    """Yield the command of each action that is possible now, and what it does."""
    former, new = models(migration)
    effects = {
        "pause": "embed nothing more until it is resumed",
        "resume": "go on",
        "cutover": f"search with {new} as soon as no search loses a document by it",
        "rollback": f"search with {former} again, at once",
        "finish": f"delete the vectors of {unused_model(migration)} now",
        "abort": f"delete the vectors of {new}; searches use {former} all the time",
    }
    if migration["state"] in REVERSIBLE_STATES and migration["rollback_until"]:
        until = moment(migration["rollback_until"])
        yield f"Until {until} every write is embedded by both models. You can"
    command = f"make migrate-model COLLECTION={shlex.quote(migration['collection'])} ACTION="
    for action in migration["actions"]:
        yield f"  {command}{action:<9} to {effects.get(action, action)}"


def moment(text: str) -> str:
    """Return a time of the API as the clock of this machine shows it."""
    local = datetime.fromisoformat(text).astimezone()
    return f"{local:%Y-%m-%d %H:%M}"


def duration(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f"{math.ceil(seconds)} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        return f"{seconds / _HOUR:.0f} h"
    return f"{seconds / _DAY:.0f} days"


def byte_size(number: float) -> str:
    power = 0
    while number >= 1000 and power < len(_BYTE_UNITS) - 1:
        number, power = number / 1000, power + 1
    return f"{number:,.0f} {_BYTE_UNITS[power]}"
