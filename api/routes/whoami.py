"""Who makes the request, and what they may do."""

from fastapi import APIRouter

from api.http.parameters import Caller, Inkdex
from api.http.query import QueryRoute
from api.schemas.access import WhoamiOut

router = APIRouter(prefix="/v1/whoami", tags=["access"], route_class=QueryRoute)


@router.get("")
async def whoami(caller: Caller, inkdex: Inkdex) -> WhoamiOut:
    """Return the tenant and the key of the request, and what the key allows."""
    exist = await inkdex.access.authenticator.keys_exist()
    return WhoamiOut.of(caller, keys_exist=exist)
