"""Locks for work that takes longer than a transaction, and runs on another connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Connection

# Behind a pooler, the lock of a session would stay with whoever has the session next.
_TRY: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext(%s))"
# A statement without parameters also ends the portal of the one before. That has a snapshot, for
# which a build would wait.
_STAYS_OPEN: LiteralString = """
SELECT set_config('idle_in_transaction_session_timeout', '0', true),
    set_config('transaction_timeout', '0', true)
"""


@contextmanager
def held(session: Connection, name: str) -> Iterator[bool]:
    """Hold a lock while the block runs. Give False if somebody else has it."""
    with session.transaction():
        is_ours = bool(fetch_value(session, _TRY, [name]))
        session.execute(_STAYS_OPEN)
        yield is_ours
