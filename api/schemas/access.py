"""Tenants, the audit and the caller on the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import Request
from api.schemas.keys import ScopeOut
from api.schemas.usage import UsageOut
from shared.domain.access.principal import Principal
from shared.services.access.key_service import NAME_MAX_CHARACTERS
from shared.services.access.tenant_service import WEIGHT_MAX, TenantSettings

Bound = Annotated[int | None, Field(ge=0, le=2**53, description="null: no bound.")]
Weight = Annotated[
    float | None, Field(gt=0, le=WEIGHT_MAX, allow_inf_nan=False, description="Share of the model.")
]


class QuotasBody(Request):
    """What a tenant may store and ask."""

    documents: Bound = None
    bytes: Bound = None
    chunks: Bound = None
    answers_per_day: Bound = None


class LimitsBody(Request):
    """What each key of a tenant may send in a minute."""

    requests_per_minute: Bound = None
    bytes_per_minute: Bound = None
    tokens_per_minute: Bound = None


class TenantChangeBody(Request):
    """What is to change. Fields that are not given stay."""

    weight: Weight = None
    quotas: QuotasBody = QuotasBody()
    limits: LimitsBody = LimitsBody()

    def settings(self) -> TenantSettings:
        return TenantSettings(
            self.weight,
            self.quotas.model_dump(exclude_unset=True),
            self.limits.model_dump(exclude_unset=True),
        )


class TenantBody(TenantChangeBody):
    """A new tenant. Its name cannot change."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=NAME_MAX_CHARACTERS, description="1 to 63 of a-z, 0-9, -."),
    ]


class TenantOut(BaseModel):
    """A tenant: its share of the model and its bounds."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    weight: float
    quotas: dict[str, int]
    limits: dict[str, int]
    created_at: datetime


class TenantDetailOut(TenantOut):
    """A tenant with what it has."""

    usage: UsageOut


class TenantsOut(BaseModel):
    """A page of tenants, by name. `next_cursor` leads to the next one."""

    items: list[TenantOut]
    next_cursor: str | None


class ActorOut(BaseModel):
    """The id of the key, and the name it had."""

    id: str
    name: str | None


class AuditEntryOut(BaseModel):
    """Who did what, and when."""

    id: UUID
    time: datetime
    tenant: str
    actor: ActorOut
    action: str
    target: str
    detail: dict[str, Any]


class AuditOut(BaseModel):
    """A page of the audit, newest first. `next_cursor` leads to the next one."""

    items: list[AuditEntryOut]
    next_cursor: str | None


class CallerKeyOut(BaseModel):
    """The key of a request."""

    id: str
    name: str | None
    expires_at: datetime | None


class CallerTokenOut(BaseModel):
    """What a token restricts the key to."""

    collections: list[str]
    subject: str | None


class WhoamiOut(BaseModel):
    """Who makes the request. `key` is null while no key exists, and `token` unless one is used."""

    tenant: str
    key: CallerKeyOut | None
    token: CallerTokenOut | None
    scopes: list[ScopeOut]
    operator: bool
    keys_exist: bool

    @classmethod
    def of(cls, caller: Principal, *, keys_exist: bool) -> "WhoamiOut":
        key = caller.key and CallerKeyOut(
            id=caller.key, name=caller.name, expires_at=caller.expires_at
        )
        patterns = caller.token_collections
        token = (
            CallerTokenOut(collections=list(patterns), subject=caller.subject) if patterns else None
        )
        scopes = [
            ScopeOut(actions=sorted(grant.actions), collections=list(grant.collections))
            for grant in caller.grants
            if grant.actions
        ]
        return cls(
            tenant=caller.tenant.name,
            key=key or None,
            token=token,
            scopes=scopes,
            operator=caller.is_operator,
            keys_exist=keys_exist,
        )
