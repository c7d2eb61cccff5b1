"""What collections are described by, and the locks of those who change one."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.db.kit.short_waits import waiting_shortly
from shared.domain.collections.collection import SettingsChange
from shared.domain.errors import TooBusy
from shared.domain.refs import Collection

# Two who change collections take their locks in one order. Writes of documents take none of them.
_LOCK: LiteralString = """
SELECT pg_advisory_xact_lock(hashtext('inkdex collection'), hashtext(key))
FROM unnest(%s::text[]) AS keys (key)
"""
# Workers look through the documents of a collection whose language changes.
_PUT: LiteralString = """
INSERT INTO collection_settings AS s (collection, description, language, relexing_since)
VALUES (%(collection)s, %(description)s, %(language)s,
    CASE WHEN %(language)s::text IS NOT NULL THEN clock_timestamp() END)
ON CONFLICT (collection) DO UPDATE SET updated_at = now(),
    description = CASE WHEN %(describes)s THEN excluded.description ELSE s.description END,
    language = CASE WHEN %(names_language)s THEN excluded.language ELSE s.language END,
    relexing_since = CASE
        WHEN %(names_language)s AND excluded.language IS DISTINCT FROM s.language
        THEN clock_timestamp() ELSE s.relexing_since END
"""
# A write that comes meanwhile may have missed the language of the new name.
_MOVE: LiteralString = """
UPDATE collection_settings SET collection = %s,
    relexing_since = CASE WHEN language IS NULL THEN relexing_since ELSE clock_timestamp() END
WHERE collection = %s
"""
_DELETE: LiteralString = "DELETE FROM collection_settings WHERE collection = %s"
# A write that read the roles of the models before they change has ended once this lock is taken,
# and one that begins later reads the new ones.
_STOP_WRITES: LiteralString = "LOCK TABLE documents IN SHARE ROW EXCLUSIVE MODE"
_HAS_MODELS: LiteralString = "SELECT EXISTS (SELECT FROM collections WHERE name = %s)"


async def lock(connection: AsyncConnection, *collections: Collection) -> None:
    """Keep others from changing these collections until the transaction ends."""
    await connection.execute(_LOCK, (sorted(set(collections)),))


async def put(connection: AsyncConnection, collection: Collection, change: SettingsChange) -> None:
    parameters = {
        "collection": collection,
        "description": change.get("description"),
        "describes": "description" in change,
        "language": change.get("language"),
        "names_language": "language" in change,
    }
    await connection.execute(_PUT, parameters)


async def move(connection: AsyncConnection, collection: Collection, to: Collection) -> None:
    await connection.execute(_MOVE, (to, collection))


async def delete(connection: AsyncConnection, collection: Collection) -> None:
    await connection.execute(_DELETE, (collection,))


async def stop_writes(connection: AsyncConnection) -> None:
    """Wait until running writes have ended, and hold new ones until the transaction ends.

    It must end soon. Raises TooBusy if writes take long.
    """
    busy = TooBusy("Other documents are being written. Try again.", 1.0)
    async with waiting_shortly(connection, busy):
        await connection.execute(_STOP_WRITES)


async def has_models(connection: AsyncConnection, collection: Collection) -> bool:
    """Return whether the collection has models of its own, instead of the default one."""
    return bool(await fetch_value_async(connection, _HAS_MODELS, (collection,)))
