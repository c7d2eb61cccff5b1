"""The swap of two models' roles, and the gate before it. Each is one transaction."""

from dataclasses import dataclass
from typing import Any, LiteralString

from shared.db.events import events
from shared.db.events.telling import TELL
from shared.db.kit.fetch import fetch_one
from shared.db.kit.pool import AsyncConnection, Connection
from shared.db.kit.short_waits import waiting_shortly
from shared.db.models.roles import FLOW_OF_COLLECTION
from shared.domain.errors import TooBusy
from shared.domain.models.migration import Migration

# A document may wait under the new model if it waits under the former one too, and no search loses
# it. A failure counts only if the former model embedded the document.
_LOST: LiteralString = """
SELECT CASE
    WHEN n.failed_at IS NOT NULL THEN
        CASE WHEN d.id <> ALL(%(allowed)s::text[]) AND (f.document_key IS NULL
            OR (f.failed_at IS NULL AND w.document_key IS NOT NULL AND e.document_key IS NULL)
        ) THEN 'failing' END
    WHEN n.document_key IS NOT NULL THEN
        CASE WHEN f.document_key IS NULL OR f.failed_at IS NOT NULL
            OR (w.document_key IS NOT NULL AND e.document_key IS NULL) THEN 'waiting' END
    WHEN e.content_hash IS DISTINCT FROM d.content_hash THEN 'missing' END AS reason
FROM documents d
LEFT JOIN jobs n ON n.document_key = d.key AND n.model_id = %(to)s
LEFT JOIN jobs f ON f.document_key = d.key AND f.model_id = %(from)s
LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = %(to)s
LEFT JOIN embeddings w ON w.document_key = d.key AND w.model_id = %(from)s
WHERE d.collection = %(collection)s
"""
_COUNT_LOST: LiteralString = f"""
SELECT count(*) FILTER (WHERE reason = 'waiting') AS waiting,
    count(*) FILTER (WHERE reason = 'failing') AS failing,
    count(*) FILTER (WHERE reason = 'missing') AS missing
FROM ({_LOST}) AS lost
"""
_SWITCH: LiteralString = f"""
UPDATE collections SET active_model_id = %(to)s, previous_model_id = %(from)s,
    building_model_id = NULL
WHERE name = %(collection)s AND active_model_id = %(from)s AND building_model_id = %(to)s
  AND NOT EXISTS (SELECT FROM ({_LOST}) AS lost WHERE reason IS NOT NULL)
"""
_SWITCHED: LiteralString = """
UPDATE model_migrations SET state = 'switched', switched_at = now(), detail = NULL,
    rollback_until = now() + make_interval(secs => rollback_hours * 3600)
WHERE id = %(migration)s AND state = 'ready'
"""
_SWAP: LiteralString = """
UPDATE collections SET active_model_id = previous_model_id, previous_model_id = active_model_id
WHERE name = %(collection)s AND active_model_id = %(from)s AND previous_model_id = %(to)s
"""
_SWAP_AGAIN: LiteralString = f"""{_SWAP}
  AND NOT EXISTS (SELECT FROM ({_LOST}) AS lost WHERE reason IS NOT NULL)
"""
_WINDOW: LiteralString = """
UPDATE model_migrations SET rollback_until = now() + make_interval(secs => rollback_hours * 3600)
WHERE id = %(migration)s
"""
_FLOW: LiteralString = FLOW_OF_COLLECTION.format(flow="j.flow")
_HAS_FAILED: LiteralString = (
    "bool_or(j.failed_at IS NOT NULL) FILTER (WHERE j.model_id = %({model})s)"
)
# The status of a document is that under the active model, so it changes with it. One that is being
# deleted now must not be announced afterwards. One that is edited now is pending before and after.
_LOCK_CHANGED: LiteralString = f"""
WITH changed AS MATERIALIZED (
    SELECT j.document_key AS key FROM jobs j
    JOIN collections c ON c.flow = ({_FLOW}) AND c.name = %(collection)s
    WHERE j.model_id IN (%(from)s, %(to)s)
    GROUP BY j.document_key HAVING {_HAS_FAILED.format(model="from")}
        IS DISTINCT FROM {_HAS_FAILED.format(model="to")}
)
SELECT d.key FROM documents d
WHERE d.collection = %(collection)s AND d.key = ANY(ARRAY(SELECT key FROM changed))
ORDER BY d.collection, d.id FOR SHARE
"""
_ANNOUNCE: LiteralString = f"""
WITH states AS (
    SELECT d.collection, d.id, d.version,
        CASE WHEN f.failed_at IS NOT NULL THEN 'failed' WHEN f.document_key IS NOT NULL
            THEN 'pending' ELSE 'ready' END AS before,
        CASE WHEN n.failed_at IS NOT NULL THEN 'failed' WHEN n.document_key IS NOT NULL
            THEN 'pending' ELSE 'ready' END AS now
    FROM documents d
    LEFT JOIN jobs n ON n.document_key = d.key AND n.model_id = %(to)s
    LEFT JOIN jobs f ON f.document_key = d.key AND f.model_id = %(from)s
    WHERE d.key = ANY(%(keys)s::bigint[])
)
{TELL.format(changed="states WHERE now <> before", status="now")}
"""


@dataclass(frozen=True, slots=True)
class Lost:
    """How many documents a cut-over would take from searches, by the reason.

    They wait for the new model, or fail under it. `missing` ones were written by a process that
    does not know of the new model.
    """

    waiting: int
    failing: int
    missing: int


def lost(connection: Connection, migration: Migration) -> Lost:
    return fetch_one(connection, Lost, _COUNT_LOST, _parameters(migration))


def switch(connection: Connection, migration: Migration) -> bool:
    """Make the new model the active one. Return False if that would lose a document.

    The roles are locked.
    """
    parameters = _parameters(migration)
    connection.execute("SET LOCAL statement_timeout = '60s'")
    if not connection.execute(_SWITCH, parameters).rowcount:
        return False
    connection.execute(_SWITCHED, parameters)
    changed = connection.execute(_LOCK_CHANGED, parameters).fetchall()
    connection.execute(_ANNOUNCE, parameters | {"keys": [row["key"] for row in changed]})
    events.notify(connection)
    return True


async def swap_back(connection: AsyncConnection, migration: Migration) -> bool:
    """Make the former model active again. Return False if the new one is not active.

    The roles are locked.
    """
    back = {"from": migration.to_model.id, "to": migration.from_model.id}
    return await _swap(connection, _SWAP, _parameters(migration) | back)


async def swap_again(connection: AsyncConnection, migration: Migration) -> bool:
    """Make the new model active after a rollback. Return False if that would lose a document.

    The roles are locked.
    """
    await connection.execute("SET LOCAL statement_timeout = '60s'")
    parameters = _parameters(migration)
    swapped = await _swap(connection, _SWAP_AGAIN, parameters)
    if swapped:
        await connection.execute(_WINDOW, parameters)
    return swapped


async def _swap(
    connection: AsyncConnection, statement: LiteralString, parameters: dict[str, Any]
) -> bool:
    if not (await connection.execute(statement, parameters)).rowcount:
        return False
    async with waiting_shortly(connection, TooBusy("Documents are being written. Try again.", 1.0)):
        changed = await (await connection.execute(_LOCK_CHANGED, parameters)).fetchall()
    await connection.execute(_ANNOUNCE, parameters | {"keys": [row["key"] for row in changed]})
    await connection.execute(f"NOTIFY {events.CHANNEL}")
    return True


def _parameters(migration: Migration) -> dict[str, Any]:
    return {
        "migration": migration.id,
        "collection": migration.collection,
        "from": migration.from_model.id,
        "to": migration.to_model.id,
        "allowed": list(migration.allowed_failures),
    }
