"""What failed, grouped by reason."""

from fastapi import APIRouter

from api.http.parameters import Caller, Inkdex, OptionalCollection
from api.http.query import QueryRoute
from api.http.responses import BUSY
from api.schemas.failures import FailuresOut
from shared.domain.access.principal import Action
from shared.domain.search.scope import ALL_COLLECTIONS

router = APIRouter(prefix="/v1/failures", tags=["operations"], route_class=QueryRoute)


@router.get("", responses=BUSY)
async def list_failures(
    inkdex: Inkdex, caller: Caller, collection: OptionalCollection
) -> FailuresOut:
    """Return the documents and files that failed, by reason.

    Without `collection`, those of all collections that the key may read.
    """
    scope = caller.scope(Action.READ, collection or ALL_COLLECTIONS)
    return FailuresOut.of(await inkdex.failures.groups(scope))
