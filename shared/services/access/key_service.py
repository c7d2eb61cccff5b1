"""Keys: create, list, change, rotate, revoke. Nobody grants more than they have."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from shared.db.access import audit, keys, tenants
from shared.db.access.keys import KeyRowToAdd
from shared.db.kit.pool import EVERY_TENANT, AsyncConnection, AsyncDatabase
from shared.domain.access.keys import Key, new_key
from shared.domain.access.principal import Action, Principal, lacking
from shared.domain.access.records import StoredKey
from shared.domain.access.scopes import KeyScope, check_scopes, grants_of
from shared.domain.access_errors import (
    Forbidden,
    KeyNotChangeable,
    KeyNotFound,
    LastOperatorKey,
    TenantNotFound,
    TooManyKeys,
)
from shared.domain.documents.validation import check_text
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.refs import DEFAULT_TENANT
from shared.services.access.audit_log import WITHOUT_KEY, done_by

NAME_MAX_CHARACTERS = 200
KEYS_MAX = 10_000
OVERLAP_SECONDS_MAX = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class NewKey:
    name: str
    scopes: tuple[KeyScope, ...]
    expires_at: datetime | None = None
    tenant: str | None = None
    """The caller's own unless it is named, which needs an operator."""


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What is to change; None stays. `expires_at` counts only if `changes_expiry`."""

    name: str | None = None
    scopes: tuple[KeyScope, ...] | None = None
    expires_at: datetime | None = None
    changes_expiry: bool = False


class KeyService:
    """`has_admin_key`: the settings hold an operator's key, so the others may all be revoked."""

    def __init__(self, database: AsyncDatabase, *, has_admin_key: bool) -> None:
        self._database = database
        self._has_admin_key = has_admin_key

    async def create(
        self, caller: Principal, new: NewKey, *, may_lock_out: bool = False
    ) -> tuple[StoredKey, Key]:
        """Create a key. Its text is returned this once.

        Raises InvalidInput, Forbidden, TenantNotFound, TooManyKeys and LastOperatorKey.
        """
        caller.require(_needed(caller))
        tenant = self._tenant(caller, new.tenant)
        _check(new.name, new.scopes, new.expires_at, tenant)
        _require_own(caller, new.scopes)
        _require_life(caller, new.expires_at)
        made = new_key()
        row = KeyRowToAdd(
            id=made.id,
            tenant=tenant,
            name=new.name,
            hash=made.hash,
            scopes=new.scopes,
            expires_at=new.expires_at,
            created_by=caller.key or WITHOUT_KEY,
        )
        async with self._changing(caller, may_lock_out=may_lock_out) as connection:
            await _require_room(connection, tenant)
            stored = await keys.create(connection, row)
            await _record(connection, caller, "key.create", stored, _shown(stored))
        return stored, made

    async def get(self, caller: Principal, id_: str) -> StoredKey:
        """Return a key of the caller's tenant, or of any for an operator; raises KeyNotFound."""
        caller.require(_needed(caller))
        async with self._database.fenced(_fence(caller)) as connection:
            return await _read(connection, caller, id_)

    async def some(
        self, caller: Principal, tenant: str | None, after: str, limit: int
    ) -> list[StoredKey]:
        """Return keys of the caller's tenant in the order of their ids.

        An operator gets those of all tenants, or of the one that is named.
        """
        caller.require(_needed(caller))
        wanted = tenant if caller.is_operator else self._tenant(caller, tenant)
        async with self._database.fenced(wanted or EVERY_TENANT) as connection:
            return await keys.some(connection, wanted, after, limit)

    async def change(
        self, caller: Principal, id_: str, change: KeyChange, *, may_lock_out: bool = False
    ) -> StoredKey:
        """Change a key's name, scopes or expiry.

        Raises KeyNotFound, KeyNotChangeable, InvalidInput, Forbidden and LastOperatorKey.
        """
        async with self._touching(caller, id_, may_lock_out=may_lock_out) as (connection, before):
            wanted = _changed(before, change)
            _check(wanted.name, wanted.scopes, change.expires_at, wanted.tenant)
            _require_own(caller, wanted.scopes)
            if lacking(before.grants, wanted.grants) or _ends_later(wanted, before):
                _require_life(caller, wanted.expires_at)
            stored = await keys.change(connection, wanted)
            differences = {
                name: value
                for name, value in _shown(stored).items()
                if value != _shown(before)[name]
            }
            await _record(connection, caller, "key.change", stored, differences)
        return stored

    async def rotate(
        self, caller: Principal, id_: str, overlap_seconds: float
    ) -> tuple[StoredKey, Key]:
        """Give a key another secret. The former one stays valid for a while.

        Raises KeyNotFound, KeyNotChangeable and Forbidden.
        """
        made = new_key(id_)
        async with self._touching(caller, id_) as (connection, found):
            _require_life(caller, found.expires_at)
            stored = await keys.rotate(connection, id_, made.hash, overlap_seconds)
            detail = {"overlap_seconds": overlap_seconds}
            await _record(connection, caller, "key.rotate", stored, detail)
        return stored, made

    async def revoke(self, caller: Principal, id_: str, *, may_lock_out: bool = False) -> StoredKey:
        """Make a key invalid for ever.

        Raises KeyNotFound, KeyNotChangeable, Forbidden and LastOperatorKey.
        """
        async with self._touching(caller, id_, may_lock_out=may_lock_out) as (connection, _):
            stored = await keys.revoke(connection, id_)
            await _record(connection, caller, "key.revoke", stored, {})
        return stored

    async def revoke_tokens(self, caller: Principal, id_: str) -> StoredKey:
        """Make all tokens of a key invalid. Raises KeyNotFound, KeyNotChangeable and Forbidden."""
        async with self._touching(caller, id_) as (connection, _):
            stored = await keys.revoke_tokens(connection, id_)
            await _record(connection, caller, "key.revoke-tokens", stored, {})
        return stored

    @asynccontextmanager
    async def _touching(
        self, caller: Principal, id_: str, *, may_lock_out: bool = False
    ) -> AsyncIterator[tuple[AsyncConnection, StoredKey]]:
        """Give a key that the caller may change: one that is not revoked, nor has more."""
        caller.require(_needed(caller))
        async with self._changing(caller, may_lock_out=may_lock_out) as connection:
            found = await _read(connection, caller, id_)
            if found.revoked_at is not None:
                raise KeyNotChangeable
            _require_own(caller, found.scopes)
            yield connection, found

    @asynccontextmanager
    async def _changing(
        self, caller: Principal, *, may_lock_out: bool
    ) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction that changes keys, alone. Raises LastOperatorKey at its end."""
        async with self._database.fenced(_fence(caller)) as connection:
            await keys.lock(connection)
            could_enter = not await keys.exist(connection) or await keys.operator_exists(connection)
            yield connection
            if self._has_admin_key or may_lock_out or not caller.is_operator:
                return
            if could_enter and not await keys.operator_exists(connection):
                raise LastOperatorKey

    def _tenant(self, caller: Principal, named: str | None) -> str:
        """Return the tenant that a request names; raises Forbidden for one of others."""
        if named is None or named == caller.tenant.name:
            return caller.tenant.name
        caller.require(Action.OPERATOR)
        return named


def _needed(caller: Principal) -> Action:
    return Action.OPERATOR if caller.is_operator else Action.KEYS


def _fence(caller: Principal) -> str:
    return EVERY_TENANT if caller.is_operator else caller.tenant.name


async def _read(connection: AsyncConnection, caller: Principal, id_: str) -> StoredKey:
    tenant = None if caller.is_operator else caller.tenant.name
    found = await keys.read(connection, tenant, id_)
    if found is None:
        raise KeyNotFound
    return found


async def _require_room(connection: AsyncConnection, tenant: str) -> None:
    if await tenants.read(connection, tenant) is None:
        raise TenantNotFound
    if await keys.count_valid(connection, tenant, KEYS_MAX) >= KEYS_MAX:
        raise TooManyKeys(KEYS_MAX)


def _require_own(caller: Principal, scopes: Iterable[KeyScope]) -> None:
    """Raise Forbidden if a key allows more than the caller's own."""
    if not caller.is_operator and (more := lacking(caller.grants, grants_of(scopes))):
        raise Forbidden(*more)


def _require_life(caller: Principal, expires_at: datetime | None) -> None:
    """Raise Forbidden if a key is valid for longer than the caller's own."""
    ends = caller.expires_at
    if ends is not None and (expires_at is None or expires_at > ends):
        raise Forbidden(f"{_needed(caller)} after {ends.isoformat()}")


def _ends_later(key: StoredKey, before: StoredKey) -> bool:
    if before.expires_at is None:
        return False
    return key.expires_at is None or key.expires_at > before.expires_at


def _check(
    name: str, scopes: tuple[KeyScope, ...], expires_at: datetime | None, tenant: str
) -> None:
    """Raise InvalidInput unless a key may be like this."""
    check_text(name, "name")
    if not 1 <= len(name) <= NAME_MAX_CHARACTERS:
        message = f"must have 1 to {NAME_MAX_CHARACTERS} characters"
        raise InvalidInput(FieldError(("name",), message))
    check_scopes(scopes)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise InvalidInput(FieldError(("expires_at",), "must be in the future"))
    is_operators = any(Action.OPERATOR in grant.actions for grant in grants_of(scopes))
    if is_operators and tenant != DEFAULT_TENANT.name:
        message = f"only keys of the tenant {DEFAULT_TENANT.name} may have the action operator"
        raise InvalidInput(FieldError(("scopes",), message))


def _changed(before: StoredKey, change: KeyChange) -> StoredKey:
    return replace(
        before,
        name=before.name if change.name is None else change.name,
        scopes=before.scopes if change.scopes is None else change.scopes,
        expires_at=change.expires_at if change.changes_expiry else before.expires_at,
    )


def _shown(key: StoredKey) -> dict[str, Any]:
    """Return what the audit tells of a key."""
    return {
        "name": key.name,
        "scopes": [scope.as_json() for scope in key.scopes],
        "expires_at": key.expires_at and key.expires_at.isoformat(),
    }


async def _record(
    connection: AsyncConnection,
    caller: Principal,
    action: str,
    key: StoredKey,
    detail: Mapping[str, Any],
) -> None:
    await audit.add(connection, done_by(caller, action, key.id, detail, tenant=key.tenant))
