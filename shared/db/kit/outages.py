"""What the errors of PostgreSQL and its pool mean for the users of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Error, InterfaceError, InternalError, OperationalError
from psycopg.errors import ProgramLimitExceeded, ReadOnlySqlTransaction
from psycopg_pool import PoolTimeout

from shared.db.kit.connecting import LastAttempt, refusal
from shared.domain.database_errors import (
    DatabaseReadOnly,
    DatabaseTimeout,
    DatabaseUnavailable,
    StorageFull,
)

OUTAGES = (OperationalError, InterfaceError, ReadOnlySqlTransaction, PoolTimeout)
"""Errors that are no fault of the statement."""
STATEMENT_ERRORS = (ProgramLimitExceeded,)
"""Errors of the statement that psycopg counts as operational."""

_MEANINGS = {
    "08": "PostgreSQL does not answer.",
    "28": "PostgreSQL refuses the user or the password of DATABASE_URL.",
    "3D": "PostgreSQL does not have the database of DATABASE_URL.",
    "40": "PostgreSQL is busy with other changes of the same rows.",
    "53200": "PostgreSQL is out of memory.",
    "53300": "PostgreSQL accepts no more connections.",
    "53": "PostgreSQL has reached one of its limits.",
    "55": "PostgreSQL is busy with other changes of the same rows.",
    "57": "PostgreSQL is starting or stopping.",
    "58": "PostgreSQL cannot use its files.",
}
"""Sentences by SQLSTATE, or by its class."""
WHY_READ_ONLY = "SELECT current_setting('inkdex.disk_full', true) = 'on' AS disk_full"
"""The local stack makes PostgreSQL read-only before its disk is full, and sets this."""
_NO_CONNECTION = "PostgreSQL does not answer, or all connections to it are in use."
_NO_ANSWER = "PostgreSQL does not answer."


def outage(error: Exception, refused: str | None = None) -> DatabaseUnavailable:
    """Return what one of OUTAGES means, in our own words.

    `refused`: why the last attempt to connect was refused.
    """
    if isinstance(error, PoolTimeout):
        return DatabaseUnavailable(f"{refused or _NO_CONNECTION} Try again.")
    state = (error.sqlstate if isinstance(error, Error) else None) or ""
    if state == "53100":
        return StorageFull()
    if state == "57014":
        return DatabaseTimeout()
    if isinstance(error, ReadOnlySqlTransaction):
        return DatabaseReadOnly()
    known = _MEANINGS.get(state) or _MEANINGS.get(state[:2]) if state else refusal(error)
    return DatabaseUnavailable(f"{known or _NO_ANSWER} Try again.")


@contextmanager
def as_unavailable(attempt: LastAttempt | None = None) -> Iterator[None]:
    """Raise DatabaseUnavailable instead of OUTAGES; `attempt` is the last one of a pool."""
    try:
        yield
    except STATEMENT_ERRORS:
        raise
    except OUTAGES as error:
        raise outage(error, attempt.refusal if attempt else None) from error
    except InternalError as error:
        if error.sqlstate:
            raise
        # psycopg's own: a pooler that loses its server answers a statement twice.
        raise outage(error) from error
