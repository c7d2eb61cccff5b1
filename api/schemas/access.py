"""Tenants, the audit and the caller on the wire."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import Request
from api.schemas.keys import ScopeOut
from api.schemas.usage import UsageOut
from shared.domain.access.limits import Usage
from shared.domain.access.principal import Principal
from shared.domain.access.records import StoredTenant
from shared.services.access.key_service import NAME_MAX_CHARACTERS
from shared.services.access.tenant_service import WEIGHT_MAX, TenantSettings

Bound = Annotated[int | None, Field(ge=0, le=2**53, description="null or 0: no bound.")]
Weight = Annotated[
    float | None, Field(gt=0, le=WEIGHT_MAX, allow_inf_nan=False, description="Share of the model.")
]


class QuotasBody(Request):
    """What a tenant may store and ask."""

    documents: Bound = Field(
        default=None, description="The most documents; null or 0 for no bound.", examples=[100000]
    )
    bytes: Bound = Field(
        default=None,
        description="The most bytes of titles, contents and metadata; null or 0 for no bound.",
        examples=[1000000000],
    )
    chunks: Bound = Field(
        default=None,
        description="The most chunks with vectors, of all models; null or 0 for no bound.",
        examples=[500000],
    )
    answers_per_day: Bound = Field(
        default=None,
        description="The most answers a day, in UTC; null or 0 for no bound.",
        examples=[1000],
    )


class LimitsBody(Request):
    """What each key of a tenant may send in a minute."""

    requests_per_minute: Bound = Field(
        default=None,
        description="The most requests a minute; null or 0 for no bound.",
        examples=[600],
    )
    bytes_per_minute: Bound = Field(
        default=None,
        description="The most bytes of bodies a minute; null or 0 for no bound.",
        examples=[10000000],
    )
    tokens_per_minute: Bound = Field(
        default=None,
        description="The most tokens of queries and questions a minute; null or 0 for no bound.",
        examples=[100000],
    )


class TenantChangeBody(Request):
    """What is to change. Fields that are not given stay."""

    weight: Weight = Field(
        default=None,
        description="The tenant's share of the model, in relation to that of others.",
        examples=[1.0],
    )
    quotas: QuotasBody = Field(
        default=QuotasBody(), description="What the tenant may store and ask."
    )
    limits: LimitsBody = Field(
        default=LimitsBody(), description="What each key of the tenant may send in a minute."
    )

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

    name: str = Field(description="The tenant's name.", examples=["acme"])
    weight: float = Field(
        description="The tenant's share of the model, in relation to that of others.",
        examples=[1.0],
    )
    quotas: dict[str, int] = Field(
        description="The tenant's quotas by name; without those that have no bound.",
        examples=[{"documents": 100000}],
    )
    limits: dict[str, int] = Field(
        description="The limits of the tenant's keys by name; without those that have no bound.",
        examples=[{"requests_per_minute": 600}],
    )
    created_at: datetime = Field(description="When the tenant was created.")


class TenantDetailOut(TenantOut):
    """A tenant and what it has."""

    usage: UsageOut = Field(description="What the tenant has.")

    @classmethod
    def of(cls, tenant: StoredTenant, usage: Usage) -> Self:
        shown = TenantOut.model_validate(tenant).model_dump()
        return cls(**shown, usage=UsageOut.model_validate(usage))


class TenantsOut(BaseModel):
    """A page of tenants, by name. `next_cursor` leads to the next one."""

    items: list[TenantOut] = Field(description="The tenants of this page.")
    next_cursor: str | None = Field(
        description="The cursor of the next page; null on the last one.", examples=[None]
    )


class ActorOut(BaseModel):
    """The id of the key, and the name it had."""

    id: str = Field(description="The id of the key.", examples=["7Hq2mX9s"])
    name: str | None = Field(
        description="The name that the key had; null if it had none.", examples=["website"]
    )


class AuditEntryOut(BaseModel):
    """Who did what, and when."""

    id: UUID = Field(description="The id of the entry, which is also the cursor after it.")
    time: datetime = Field(description="When it was done.")
    tenant: str = Field(description="The tenant in which it was done.", examples=["default"])
    actor: ActorOut = Field(description="The key that did it.")
    action: str = Field(description="What was done.", examples=["key.create"])
    target: str = Field(
        description="What it was done to, such as the id of a key.", examples=["7Hq2mX9s"]
    )
    detail: dict[str, Any] = Field(
        description="What else is known of it.", examples=[{"name": "website"}]
    )


class AuditOut(BaseModel):
    """A page of the audit, newest first. `next_cursor` leads to the next one."""

    items: list[AuditEntryOut] = Field(description="The entries of this page.")
    next_cursor: str | None = Field(
        description="The cursor of the next page; null on the last one.", examples=[None]
    )


class CallerKeyOut(BaseModel):
    """The key of a request."""

    id: str = Field(description="The id of the key.", examples=["7Hq2mX9s"])
    name: str | None = Field(description="The name of the key.", examples=["website"])
    expires_at: datetime | None = Field(
        description="When the key expires; null if never.", examples=[None]
    )


class CallerTokenOut(BaseModel):
    """What a token restricts the key to."""

    collections: list[str] = Field(
        description="The patterns of collections that the token allows.", examples=[["notes-*"]]
    )
    subject: str | None = Field(
        description="For whom the token was made; null if it does not say.", examples=["ada"]
    )


class WhoamiOut(BaseModel):
    """Who makes the request. `key` is null while no key exists, and `token` unless one is used."""

    tenant: str = Field(description="The tenant of the key.", examples=["default"])
    key: CallerKeyOut | None = Field(
        description="The key of the request; null while no key exists."
    )
    token: CallerTokenOut | None = Field(
        description="What a token restricts the key to; null without a token."
    )
    scopes: list[ScopeOut] = Field(description="What the key or the token allows.")
    operator: bool = Field(description="Whether the key is an operator's.", examples=[False])
    keys_exist: bool = Field(
        description="Whether any key exists, so that requests need one.", examples=[True]
    )

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
