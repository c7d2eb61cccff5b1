"""Keys, tenants and the audit, as they are stored and shown. None of them has a secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.domain.access.principal import Grant
from shared.domain.access.scopes import KeyScope, grants_of


@dataclass(frozen=True, slots=True)
class StoredKey:
    id: str
    tenant: str
    name: str
    scopes: tuple[KeyScope, ...]
    expires_at: datetime | None
    last_used_at: datetime | None
    previous_until: datetime | None
    """The secret before the last rotation is valid until then."""
    tokens_from: datetime | None
    """Tokens that were made earlier are not valid."""
    revoked_at: datetime | None
    created_at: datetime
    created_by: str

    @property
    def grants(self) -> tuple[Grant, ...]:
        return grants_of(self.scopes)


@dataclass(frozen=True, slots=True)
class CheckedKey:
    """What decides whether a request is served. `hashes` are those that are valid now."""

    id: str
    tenant: str
    name: str
    hashes: tuple[bytes, ...] = field(repr=False)
    grants: tuple[Grant, ...]
    expires_at: datetime | None
    tokens_from: datetime | None
    is_expired: bool
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, and when."""

    id: UUID
    at: datetime
    tenant: str
    actor: str
    actor_name: str | None
    action: str
    target: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredTenant:
    name: str
    weight: float
    quotas: Mapping[str, int]
    limits: Mapping[str, int]
    created_at: datetime
