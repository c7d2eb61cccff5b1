"""Keys: create, list, change, rotate, revoke."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api.http.body import ShortBodyRoute
from api.http.parameters import Caller, Inkdex
from api.http.responses import JSON_BODY, described
from api.schemas.keys import (
    KeyBody,
    KeyChangeBody,
    KeyOut,
    KeysOut,
    MadeKeyOut,
    RotationBody,
    TenantName,
)
from shared.domain.access_errors import (
    KeyNotChangeable,
    KeyNotFound,
    LastOperatorKey,
    TenantNotFound,
    TooManyKeys,
)
from shared.domain.paging import page_of

router = APIRouter(prefix="/v1/keys", tags=["access"], route_class=ShortBodyRoute)

NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: described("There is no such key.", KeyNotFound())
}
NO_TENANT: dict[int | str, dict[str, Any]] = {
    404: described("There is no such tenant.", TenantNotFound())
}
NOT_NOW: dict[int | str, dict[str, Any]] = {
    409: described(
        "The key is revoked, or it is the last one of an operator.",
        *(KeyNotChangeable(), LastOperatorKey(), TooManyKeys(1000)),
    )
}
KeyId = Annotated[
    str, Path(max_length=64, pattern="^[0-9A-Za-z]+$", description="The id of the key.")
]
Last = Annotated[
    bool,
    Query(description="Do it even if no operator's key without an expiry is left afterwards."),
]


@router.get("")
async def list_keys(
    caller: Caller,
    inkdex: Inkdex,
    tenant: Annotated[TenantName | None, Query(description="Only the keys of this tenant.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="The most keys.")] = 100,
    cursor: Annotated[
        str,
        Query(
            max_length=64,
            pattern="^[0-9A-Za-z]*$",
            description="`next_cursor` of the page before.",
        ),
    ] = "",
) -> KeysOut:
    """List the keys of the tenant, or for an operator those of all, without their secrets."""
    found = await inkdex.access.keys.some(caller, tenant, cursor, limit + 1)
    page, last = page_of(found, limit)
    items = [KeyOut.model_validate(each) for each in page]
    return KeysOut(items=items, next_cursor=last.id if last else None)


@router.post("", status_code=201, responses=JSON_BODY | NO_TENANT | NOT_NOW)
async def create_key(
    body: KeyBody, caller: Caller, inkdex: Inkdex, *, last: Last = False
) -> MadeKeyOut:
    """Create a key. `key` is shown only in this response.

    Nobody grants actions, collections or time that they do not have.
    """
    made = await inkdex.access.keys.create(caller, body.new_key(), may_lock_out=last)
    return MadeKeyOut.of(*made)


@router.get("/{id}", responses=NOT_FOUND)
async def get_key(id: KeyId, caller: Caller, inkdex: Inkdex) -> KeyOut:  # noqa: A002 - the path's name
    """Return a key without its secret."""
    return KeyOut.model_validate(await inkdex.access.keys.get(caller, id))


@router.patch("/{id}", responses=JSON_BODY | NOT_FOUND | NOT_NOW)
async def change_key(
    id: KeyId,  # noqa: A002 - the path's name
    body: KeyChangeBody,
    caller: Caller,
    inkdex: Inkdex,
    *,
    last: Last = False,
) -> KeyOut:
    """Change a key's name, scopes or expiry. Requests that run are held to it within a second."""
    stored = await inkdex.access.keys.change(caller, id, body.change(), may_lock_out=last)
    return KeyOut.model_validate(stored)


@router.delete("/{id}", status_code=204, responses=NOT_FOUND | NOT_NOW)
async def revoke_key(
    id: KeyId,  # noqa: A002 - the path's name
    caller: Caller,
    inkdex: Inkdex,
    *,
    last: Last = False,
) -> None:
    """Revoke a key and its tokens for ever. Streams that it has opened end within a second."""
    await inkdex.access.keys.revoke(caller, id, may_lock_out=last)


@router.post("/{id}/rotate", responses=JSON_BODY | NOT_FOUND | NOT_NOW)
async def rotate_key(
    id: KeyId,  # noqa: A002 - the path's name
    caller: Caller,
    inkdex: Inkdex,
    body: RotationBody | None = None,
) -> MadeKeyOut:
    """Give the key a new secret, shown only here. The former one stays valid for a while."""
    overlap = (body or RotationBody()).overlap_seconds
    return MadeKeyOut.of(*await inkdex.access.keys.rotate(caller, id, overlap))


@router.post("/{id}/revoke-tokens", responses=NOT_FOUND | NOT_NOW)
async def revoke_tokens(id: KeyId, caller: Caller, inkdex: Inkdex) -> KeyOut:  # noqa: A002 - the path's name
    """Revoke all scoped tokens that were made from the key until now. The key stays valid."""
    return KeyOut.model_validate(await inkdex.access.keys.revoke_tokens(caller, id))
