"""Tells who makes a request, by the key or the token in its header."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from shared.db.access import keys
from shared.db.kit.pool import EVERY_TENANT, AsyncDatabase
from shared.domain.access import tokens
from shared.domain.access.keys import is_one_of, key_hash, parse_key
from shared.domain.access.open_networks import OpenNetworks
from shared.domain.access.principal import OPEN, TOKEN_ACTIONS, Grant, Principal
from shared.domain.access.records import CheckedKey
from shared.domain.access.tokens import Token, parse_token
from shared.domain.access_errors import (
    KeyExpired,
    KeyInvalid,
    KeyMissing,
    KeyRevoked,
    NoKeysYet,
    NotAuthenticated,
    TokenInvalid,
)
from shared.domain.documents.filters import parse_filter
from shared.domain.errors import InvalidInput
from shared.domain.refs import DEFAULT_TENANT, Tenant
from shared.services.access.key_lookup import KEEP_SECONDS, RENEW_SECONDS, KeyLookup
from shared.services.access.key_uses import KeyUses
from shared.services.operations.cached_probe import CachedProbe

ADMIN_ID = "admin"
ADMIN_NAME = "INKDEX_ADMIN_KEY"
REVOKED = (
    "It was revoked. Make a new one. Those of the first seconds after a revocation are invalid too."
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request has to prove who sends it: a key or a token, and where it comes from."""

    secret: str | None
    addresses: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Credentials({self.addresses})"


class Authenticator:
    """Knows keys from the database, and one from the settings, which is an operator's."""

    def __init__(
        self, database: AsyncDatabase, admin_key: str, networks: OpenNetworks, uses: KeyUses
    ) -> None:
        self._database = database
        self._networks = networks
        self._uses = uses
        self._admin = _admin(admin_key) if admin_key else None
        self._lookup = KeyLookup(database)
        self._exist = CachedProbe(
            self._read_whether_keys_exist, KEEP_SECONDS, renew_after_seconds=RENEW_SECONDS
        )
        self._are_known_to_exist = False

    @property
    def has_admin_key(self) -> bool:
        return self._admin is not None

    async def keys_exist(self) -> bool:
        """Return whether a key is needed; raises DatabaseUnavailable."""
        return self._admin is not None or await self._exist.get()

    async def principal(self, given: Credentials) -> Principal:
        """Return who makes a request.

        Raises NotAuthenticated, NoKeysYet and DatabaseUnavailable.
        """
        try:
            if given.secret is None:
                raise KeyMissing
            principal = await self._principal(given.secret)
        except NotAuthenticated:
            if await self.keys_exist():
                raise
            return self._open(given)
        self._are_known_to_exist = True
        return principal

    def last_known(self, given: Credentials) -> Principal | None:
        """Return who made such a request before the database went away, or None.

        An API that has not reached its database yet knows nothing of any tenant.
        """
        if not (self._are_known_to_exist or self._admin):
            return OPEN if self._networks.include(given.addresses) else None
        if not given.secret:
            return None
        try:
            found = self._lookup.last_known(parse_key(given.secret).id)
            return _of_key(found, key_hash(given.secret)) if found else None
        except NotAuthenticated:
            return None

    def _open(self, given: Credentials) -> Principal:
        if not self._networks.include(given.addresses):
            raise NoKeysYet
        return OPEN

    async def _principal(self, secret: str) -> Principal:
        if secret.startswith(tokens.PREFIX):
            return await self._of_token(parse_token(secret))
        hash_ = key_hash(secret)
        if self._admin and is_one_of(hash_, self._admin.hashes):
            return _of_key(self._admin, hash_)
        key = parse_key(secret)
        found = await self._find(key.id, lambda known: is_one_of(hash_, known.hashes))
        if found is None:
            raise KeyInvalid
        self._uses.note(found.id)
        return _of_key(found, hash_)

    async def _of_token(self, token: Token) -> Principal:
        found = await self._find(token.key, lambda known: token.is_signed_with_one_of(known.hashes))
        if found is None:
            raise TokenInvalid
        self._uses.note(found.id)
        return _of_token(found, token)

    async def _find(self, id_: str, fits: Callable[[CheckedKey], bool]) -> CheckedKey | None:
        """Return the key of an id if what is given fits it.

        Whatever does not fit costs one read, whether the key exists or not.
        """
        if self._admin and id_ == self._admin.id:
            return self._admin if fits(self._admin) else None
        known = self._lookup.recent(id_)
        if known and fits(known):
            return known
        found = await self._lookup.read(id_)
        return found if found and fits(found) else None

    async def _read_whether_keys_exist(self) -> bool:
        async with self._database.fenced(EVERY_TENANT) as connection:
            self._are_known_to_exist = await keys.exist(connection)
        return self._are_known_to_exist


def _admin(text: str) -> CheckedKey:
    """Return the key of the settings. Any long text can be one."""
    try:
        id_ = parse_key(text).id
    except KeyInvalid:
        id_ = ADMIN_ID
    return CheckedKey(
        id=id_,
        tenant=DEFAULT_TENANT.name,
        name=ADMIN_NAME,
        hashes=(key_hash(text),),
        grants=OPEN.grants,
        expires_at=None,
        tokens_from=None,
        is_expired=False,
        is_revoked=False,
    )


def _of_key(key: CheckedKey, hash_: bytes) -> Principal:
    """Return the principal of a key whose secret is right."""
    if not is_one_of(hash_, key.hashes):
        raise KeyInvalid
    _require_valid(key)
    return Principal(
        Tenant(key.tenant),
        key.id,
        key.grants,
        name=key.name,
        expires_at=key.expires_at,
    )


def _require_valid(key: CheckedKey) -> None:
    if key.is_revoked:
        raise KeyRevoked
    if key.is_expired:
        raise KeyExpired


def _of_token(key: CheckedKey, token: Token) -> Principal:
    """Return the principal of a token whose signature is right."""
    whole = _of_key(key, key.hashes[0])
    token.check_time(time.time())
    if key.tokens_from and token.issued_at < key.tokens_from.timestamp():
        raise TokenInvalid(REVOKED)
    try:
        filter_ = parse_filter(token.filter)
    except InvalidInput as error:
        raise TokenInvalid(f"Its filter is wrong: {error}") from None
    ends = datetime.fromtimestamp(token.expires_at, UTC)
    return replace(
        whole,
        grants=tuple(
            Grant(grant.actions & TOKEN_ACTIONS, grant.collections) for grant in whole.grants
        ),
        filter=filter_,
        token_collections=token.collections,
        subject=token.subject,
        expires_at=min(ends, key.expires_at) if key.expires_at else ends,
    )
