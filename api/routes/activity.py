"""What happened in the last hours."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.http.parameters import Caller, Inkdex
from api.http.query import QueryRoute
from api.http.responses import BUSY
from api.schemas.activity import ActivityOut, ActivityParameters
from shared.domain.access.principal import Action

router = APIRouter(prefix="/v1/activity", tags=["operations"], route_class=QueryRoute)


@router.get("", responses=BUSY)
async def get_activity(
    inkdex: Inkdex, caller: Caller, parameters: Annotated[ActivityParameters, Query()]
) -> ActivityOut:
    """Return what waited, became ready, failed, was written and searched, in steps of minutes."""
    caller.require(Action.STATS)
    return ActivityOut.of(await inkdex.activity.read(caller.tenant, parameters.hours))
