"""Tenants, for operators: create, list, change."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api.http.body import ShortBodyRoute
from api.http.parameters import Caller, Inkdex
from api.http.responses import JSON_BODY, described
from api.schemas.access import TenantBody, TenantChangeBody, TenantDetailOut, TenantOut, TenantsOut
from shared.domain.access_errors import NoModelYet, TenantExists, TenantNotFound
from shared.domain.paging import page_of
from shared.domain.refs import Tenant
from shared.services.access.key_service import NAME_MAX_CHARACTERS

router = APIRouter(prefix="/v1/tenants", tags=["access"], route_class=ShortBodyRoute)

NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: described("There is no such tenant.", TenantNotFound())
}
EXISTS: dict[int | str, dict[str, Any]] = {
    409: described(
        "There is already a tenant of this name, or no embedding model yet.",
        *(TenantExists(), NoModelYet()),
    )
}
Name = Annotated[
    str,
    Path(
        max_length=NAME_MAX_CHARACTERS,
        pattern="^[a-z0-9-]+$",
        description="The tenant's name.",
        examples=["acme"],
    ),
]


@router.get("")
async def list_tenants(
    caller: Caller,
    inkdex: Inkdex,
    limit: Annotated[int, Query(ge=1, le=1000, description="The most tenants.")] = 100,
    cursor: Annotated[
        str,
        Query(
            max_length=NAME_MAX_CHARACTERS,
            pattern="^[a-z0-9-]*$",
            description="`next_cursor` of the page before.",
        ),
    ] = "",
) -> TenantsOut:
    """List the tenants by name."""
    found = await inkdex.access.tenants.some(caller, cursor, limit + 1)
    page, last = page_of(found, limit)
    items = [TenantOut.model_validate(each) for each in page]
    return TenantsOut(items=items, next_cursor=last.name if last else None)


@router.post("", status_code=201, responses=JSON_BODY | EXISTS)
async def create_tenant(body: TenantBody, caller: Caller, inkdex: Inkdex) -> TenantOut:
    """Create a tenant. Make its first key with `POST /v1/keys` and its name as `tenant`."""
    stored = await inkdex.access.tenants.create(caller, body.name, body.settings())
    return TenantOut.model_validate(stored)


@router.get("/{name}", responses=NOT_FOUND)
async def get_tenant(name: Name, caller: Caller, inkdex: Inkdex) -> TenantDetailOut:
    """Return a tenant and what it has."""
    stored = await inkdex.access.tenants.get(caller, name)
    return TenantDetailOut.of(stored, await inkdex.quotas.used(Tenant(name)))


@router.patch("/{name}", responses=JSON_BODY | NOT_FOUND)
async def change_tenant(
    name: Name, body: TenantChangeBody, caller: Caller, inkdex: Inkdex
) -> TenantOut:
    """Change a tenant's weight, quotas or limits. A bound of null is removed."""
    stored = await inkdex.access.tenants.change(caller, name, body.settings())
    return TenantOut.model_validate(stored)
