"""Keys, tenants, usage, and the audit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from inkdex.core.requests import UNSET, Unset, changed, given, in_query
from inkdex.core.steps import Call, Items, nothing
from inkdex.models.access import (
    AuditEntry,
    AuditPage,
    Key,
    KeyPage,
    LimitsChange,
    MadeKey,
    QuotasChange,
    Scope,
    Tenant,
    TenantDetail,
    TenantPage,
    TenantUsage,
    Whoami,
)
from inkdex.operations.pages import each

Scopes = Sequence[Scope | Mapping[str, Any]]
KEY = "/v1/keys/{id}"


def whoami() -> Call[Whoami]:
    """Say who the caller is, and may."""
    return Call("GET", "/v1/whoami", Whoami.read)


def usage() -> Call[TenantUsage]:
    """Say what the caller's tenant has, and may have."""
    return Call("GET", "/v1/usage", TenantUsage.read)


def key_page(
    *, tenant: str | None = None, limit: int | None = None, cursor: str | None = None
) -> Call[KeyPage]:
    """Return one page of keys."""
    params = in_query(tenant=tenant, limit=limit, cursor=cursor)
    return Call("GET", "/v1/keys", KeyPage.read, params=params)


def keys(*, tenant: str | None = None) -> Items[Key]:
    """Yield all keys."""
    return each(lambda cursor: key_page(tenant=tenant, cursor=cursor))


def key(id: str) -> Call[Key]:  # noqa: A002
    """Return a key."""
    return Call("GET", KEY, Key.read, {"id": id})


def create_key(
    name: str,
    scopes: Scopes,
    *,
    expires_at: datetime | None = None,
    tenant: str | None = None,
    last: bool | None = None,
) -> Call[MadeKey]:
    """Make a key. Its secret is in this answer only."""
    body = given(name=name, scopes=scopes, expires_at=expires_at, tenant=tenant)
    return Call("POST", "/v1/keys", MadeKey.read, params=in_query(last=last), json=body)


def change_key(
    id: str,  # noqa: A002
    *,
    name: str | Unset = UNSET,
    scopes: Scopes | Unset = UNSET,
    expires_at: datetime | Unset | None = UNSET,
    last: bool | None = None,
) -> Call[Key]:
    """Change the name, the scopes or the expiry of a key."""
    body = changed(name=name, scopes=scopes, expires_at=expires_at)
    return Call("PATCH", KEY, Key.read, {"id": id}, in_query(last=last), body)


def revoke_key(id: str, *, last: bool | None = None) -> Call[None]:  # noqa: A002
    """Revoke a key and its tokens for ever."""
    return Call("DELETE", KEY, nothing, {"id": id}, in_query(last=last))


def rotate_key(id: str, *, overlap_seconds: float | None = None) -> Call[MadeKey]:  # noqa: A002
    """Give a key another secret. The former one is valid for the overlap."""
    body = given(overlap_seconds=overlap_seconds)
    return Call("POST", KEY + "/rotate", MadeKey.read, {"id": id}, json=body)


def revoke_tokens(id: str) -> Call[Key]:  # noqa: A002
    """Make all tokens of a key invalid that were made until now."""
    return Call("POST", KEY + "/revoke-tokens", Key.read, {"id": id})


def tenant_page(*, limit: int | None = None, cursor: str | None = None) -> Call[TenantPage]:
    """Return one page of tenants."""
    params = in_query(limit=limit, cursor=cursor)
    return Call("GET", "/v1/tenants", TenantPage.read, params=params)


def tenants() -> Items[Tenant]:
    """Yield all tenants."""
    return each(lambda cursor: tenant_page(cursor=cursor))


def tenant(name: str) -> Call[TenantDetail]:
    """Return a tenant, and what it has."""
    return Call("GET", "/v1/tenants/{name}", TenantDetail.read, {"name": name})


def create_tenant(
    name: str,
    *,
    weight: float | None = None,
    quotas: QuotasChange | Mapping[str, int | None] | None = None,
    limits: LimitsChange | Mapping[str, int | None] | None = None,
) -> Call[Tenant]:
    """Create a tenant."""
    body = given(name=name, weight=weight, quotas=quotas, limits=limits)
    return Call("POST", "/v1/tenants", Tenant.read, json=body)


def change_tenant(
    name: str,
    *,
    weight: float | None = None,
    quotas: QuotasChange | Mapping[str, int | None] | None = None,
    limits: LimitsChange | Mapping[str, int | None] | None = None,
) -> Call[Tenant]:
    """Change the share, the quotas and the limits of a tenant."""
    body = given(weight=weight, quotas=quotas, limits=limits)
    return Call("PATCH", "/v1/tenants/{name}", Tenant.read, {"name": name}, json=body)


def audit_page(*, limit: int | None = None, cursor: str | None = None) -> Call[AuditPage]:
    """Return one page of the audit, newest first."""
    params = in_query(limit=limit, cursor=cursor)
    return Call("GET", "/v1/audit", AuditPage.read, params=params)


def audit() -> Items[AuditEntry]:
    """Yield the audit, newest first."""
    return each(lambda cursor: audit_page(cursor=cursor))
