"""Whether an index is being built. A build goes on after its client has died."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Connection

_ARE_RUNNING: LiteralString = """
SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE datname = current_database())
"""


def are_running(connection: Connection) -> bool:
    return bool(fetch_value(connection, _ARE_RUNNING))
