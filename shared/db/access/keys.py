"""Keys: create, read, change. The connection is one of `AsyncDatabase.fenced`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from shared.db.kit.fetch import (
    fetch_all_async,
    fetch_one_async,
    fetch_optional_async,
    fetch_value_async,
)
from shared.db.kit.pool import AsyncConnection
from shared.domain.access.records import CheckedKey, StoredKey
from shared.domain.access.scopes import KeyScope, grants_of, scopes_of
from shared.domain.access.tokens import CLOCK_SECONDS

_KEY: LiteralString = """id, tenant, name, scopes, expires_at, last_used_at,
    CASE WHEN previous_until > now() THEN previous_until END AS previous_until, tokens_from,
    revoked_at, created_at, CASE WHEN current_setting('inkdex.tenant', true) = '*'
        OR created_by = 'no key'
        OR EXISTS (SELECT FROM keys own WHERE (own.id, own.tenant) = (keys.created_by, keys.tenant))
        THEN created_by ELSE 'operator' END AS created_by"""
"""Other tenants do not see the key of an operator who made theirs."""
_CHECK: LiteralString = """
SELECT id, tenant, name, hash, scopes, expires_at, tokens_from,
    CASE WHEN previous_until > now() THEN previous_hash END AS previous_hash,
    coalesce(expires_at <= now(), false) AS is_expired, revoked_at IS NOT NULL AS is_revoked
FROM keys WHERE id = ANY(%s)
"""
_IS_VALID: LiteralString = """revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"""
_CREATE: LiteralString = f"""
INSERT INTO keys (id, tenant, name, hash, scopes, expires_at, created_by)
VALUES (%(id)s, %(tenant)s, %(name)s, %(hash)s, %(scopes)s, %(expires_at)s, %(created_by)s)
RETURNING {_KEY}
"""
_READ: LiteralString = f"SELECT {_KEY} FROM keys WHERE id = %(id)s AND {{tenants}}"
_LIST: LiteralString = f"""
SELECT {_KEY} FROM keys WHERE {{tenants}} AND id > %(after)s ORDER BY id LIMIT %(limit)s
"""
_CHANGE: LiteralString = f"""
UPDATE keys SET name = %(name)s, scopes = %(scopes)s, expires_at = %(expires_at)s
WHERE id = %(id)s RETURNING {_KEY}
"""
_ROTATE: LiteralString = f"""
UPDATE keys SET previous_hash = hash, hash = %(hash)s,
    previous_until = now() + make_interval(secs => %(overlap_seconds)s)
WHERE id = %(id)s RETURNING {_KEY}
"""
_REVOKE: LiteralString = f"UPDATE keys SET revoked_at = now() WHERE id = %(id)s RETURNING {_KEY}"
_REVOKE_TOKENS: LiteralString = f"""
UPDATE keys SET tokens_from = now() + make_interval(secs => %(ahead)s)
WHERE id = %(id)s RETURNING {_KEY}
"""
_COUNT: LiteralString = f"""
SELECT count(*) FROM (SELECT FROM keys WHERE tenant = %s AND {_IS_VALID} LIMIT %s) AS counted
"""
_OPERATOR_EXISTS: LiteralString = """
SELECT EXISTS (SELECT FROM keys WHERE tenant = 'default' AND revoked_at IS NULL
    AND expires_at IS NULL AND scopes @> '[{"actions": ["operator"]}]')
"""
_USED: LiteralString = """
UPDATE keys SET last_used_at = now() WHERE id = ANY(%s)
    AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
"""
_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('inkdex keys'))"


@dataclass(frozen=True, slots=True)
class KeyRowToAdd:
    id: str
    tenant: str
    name: str
    hash: bytes = field(repr=False)
    scopes: Sequence[KeyScope]
    expires_at: datetime | None
    created_by: str


async def check(connection: AsyncConnection, ids: Sequence[str]) -> list[CheckedKey]:
    """Return what is known of the keys that exist."""
    return await fetch_all_async(connection, _checked, _CHECK, (list(ids),))


async def exist(connection: AsyncConnection) -> bool:
    """Return whether there is any key, valid or not."""
    return bool(await fetch_value_async(connection, "SELECT EXISTS (SELECT FROM keys)"))


async def operator_exists(connection: AsyncConnection) -> bool:
    """Return whether a key is an operator's for as long as nobody revokes it."""
    return bool(await fetch_value_async(connection, _OPERATOR_EXISTS))


async def lock(connection: AsyncConnection) -> None:
    """Let no other transaction change keys until this one ends."""
    await connection.execute(_LOCK)


async def create(connection: AsyncConnection, new: KeyRowToAdd) -> StoredKey:
    parameters = {
        "id": new.id,
        "tenant": new.tenant,
        "name": new.name,
        "hash": new.hash,
        "scopes": _json(new.scopes),
        "expires_at": new.expires_at,
        "created_by": new.created_by,
    }
    return await fetch_one_async(connection, _stored, _CREATE, parameters)


async def read(connection: AsyncConnection, tenant: str | None, id_: str) -> StoredKey | None:
    """Return a key of a tenant, or of any one for None."""
    parameters = {"id": id_, "tenant": tenant}
    return await fetch_optional_async(
        connection, _stored, _READ.format(tenants=_of(tenant)), parameters
    )


async def some(
    connection: AsyncConnection, tenant: str | None, after: str, limit: int
) -> list[StoredKey]:
    """Return the keys of a tenant, or of all for None, in the order of their ids."""
    parameters = {"tenant": tenant, "after": after, "limit": limit}
    return await fetch_all_async(connection, _stored, _LIST.format(tenants=_of(tenant)), parameters)


async def count_valid(connection: AsyncConnection, tenant: str, most: int) -> int:
    """Return how many valid keys a tenant has, up to a limit."""
    return int(await fetch_value_async(connection, _COUNT, (tenant, most)))


async def change(connection: AsyncConnection, key: StoredKey) -> StoredKey:
    """Store a key's name, scopes and expiry."""
    parameters = {
        "id": key.id,
        "name": key.name,
        "scopes": _json(key.scopes),
        "expires_at": key.expires_at,
    }
    return await fetch_one_async(connection, _stored, _CHANGE, parameters)


async def rotate(
    connection: AsyncConnection, id_: str, hash_: bytes, overlap_seconds: float
) -> StoredKey:
    """Replace the hash. The former one stays valid for a while."""
    parameters = {"id": id_, "hash": hash_, "overlap_seconds": overlap_seconds}
    return await fetch_one_async(connection, _stored, _ROTATE, parameters)


async def revoke(connection: AsyncConnection, id_: str) -> StoredKey:
    return await fetch_one_async(connection, _stored, _REVOKE, {"id": id_})


async def revoke_tokens(connection: AsyncConnection, id_: str) -> StoredKey:
    """Refuse all tokens that were made until now, also by clocks that are ahead."""
    parameters = {"id": id_, "ahead": CLOCK_SECONDS}
    return await fetch_one_async(connection, _stored, _REVOKE_TOKENS, parameters)


async def note_use(connection: AsyncConnection, ids: Sequence[str]) -> None:
    """Store that keys were used, for each at most once a minute."""
    await connection.execute(_USED, (list(ids),))


def _of(tenant: str | None) -> LiteralString:
    return "true" if tenant is None else "tenant = %(tenant)s"


def _json(scopes: Sequence[KeyScope]) -> Jsonb:
    return Jsonb([scope.as_json() for scope in scopes])


def _stored(scopes: list[dict[str, Any]], **columns: Any) -> StoredKey:  # noqa: ANN401
    return StoredKey(scopes=scopes_of(scopes), **columns)


def _checked(
    hash: bytes,  # noqa: A002 - the column's name
    previous_hash: bytes | None,
    scopes: list[dict[str, Any]],
    **columns: Any,  # noqa: ANN401
) -> CheckedKey:
    hashes = tuple(each for each in (hash, previous_hash) if each is not None)
    return CheckedKey(hashes=hashes, grants=grants_of(scopes_of(scopes)), **columns)
