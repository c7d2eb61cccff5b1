"""What happened in the last hours."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.http.parameters import Caller, Inkdex, OptionalCollection
from api.http.query import QueryRoute
from api.http.responses import BUSY
from api.schemas.activity import ActivityOut
from shared.domain.access.principal import Action
from shared.domain.operations.activity import HOURS_MAX
from shared.domain.search.scope import ALL_COLLECTIONS

router = APIRouter(prefix="/v1/activity", tags=["operations"], route_class=QueryRoute)


@router.get("", responses=BUSY)
async def get_activity(
    inkdex: Inkdex,
    caller: Caller,
    collection: OptionalCollection,
    hours: Annotated[
        int, Query(ge=1, le=HOURS_MAX, description="How many hours back, up to a day.")
    ] = 1,
) -> ActivityOut:
    """Return what waited, became ready, failed, was written and searched, in steps of minutes.

    Without `collection`, or with `*`, in all collections of the tenant.
    """
    caller.require(Action.STATS)
    name = collection or ALL_COLLECTIONS
    within = caller.tenant if name == ALL_COLLECTIONS else caller.collection(Action.READ, name)
    return ActivityOut.of(await inkdex.activity.read(within, hours))
