"""Keys, tenants, what they use, and the audit."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from inkdex.models.answer import Answer


class Scope(Answer):
    """Actions, and the collections that they are allowed in."""

    actions: list[str]
    collections: list[str] = Field(default_factory=lambda: ["*"])


class Key(Answer):
    """A key without its secret."""

    id: str
    tenant: str
    name: str
    scopes: list[Scope]
    expires_at: datetime | None
    last_used_at: datetime | None
    previous_until: datetime | None
    tokens_from: datetime | None
    revoked_at: datetime | None
    created_at: datetime
    created_by: str


class MadeKey(Key):
    """A new key, or one with a new secret: `key` is told only once."""

    key: str


class KeyPage(Answer):
    """A page of keys."""

    items: list[Key]
    next_cursor: str | None


class Quotas(Answer):
    """How much a tenant may have."""

    documents: int
    bytes: int
    chunks: int
    answers_per_day: int


class Limits(Answer):
    """How much each key may send in a minute."""

    requests_per_minute: int
    bytes_per_minute: int
    tokens_per_minute: int


class Usage(Answer):
    """How much a tenant has."""

    documents: int
    bytes: int
    chunks: int
    answers: int


class TenantUsage(Answer):
    """What the caller's tenant has and may have."""

    usage: Usage
    quotas: Quotas
    limits: Limits


class Tenant(Answer):
    """A tenant: its share of the model, its quotas and limits."""

    name: str
    weight: float
    quotas: dict[str, int]
    limits: dict[str, int]
    created_at: datetime


class TenantDetail(Tenant):
    """A tenant, and what it has."""

    usage: Usage


class TenantPage(Answer):
    """A page of tenants."""

    items: list[Tenant]
    next_cursor: str | None


class QuotasChange(BaseModel):
    """Quotas to set; None removes one."""

    documents: int | None = None
    bytes: int | None = None
    chunks: int | None = None
    answers_per_day: int | None = None


class LimitsChange(BaseModel):
    """Limits to set; None removes one."""

    requests_per_minute: int | None = None
    bytes_per_minute: int | None = None
    tokens_per_minute: int | None = None


class CallerKey(Answer):
    """The key of the caller."""

    id: str
    name: str | None
    expires_at: datetime | None


class CallerToken(Answer):
    """The token of the caller."""

    collections: list[str]
    subject: str | None


class Whoami(Answer):
    """Who the caller is, and may."""

    tenant: str
    key: CallerKey | None
    token: CallerToken | None
    scopes: list[Scope]
    operator: bool
    keys_exist: bool


class Actor(Answer):
    """Who did something."""

    id: str
    name: str | None


class AuditEntry(Answer):
    """Something that somebody did."""

    id: str
    time: datetime
    tenant: str
    actor: Actor
    action: str
    target: str
    detail: dict[str, Any]


class AuditPage(Answer):
    """A page of the audit, newest first."""

    items: list[AuditEntry]
    next_cursor: str | None
