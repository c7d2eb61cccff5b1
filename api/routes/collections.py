"""Lists the collections."""

from fastapi import APIRouter

from api.http.parameters import Inkdex
from api.http.query import QueryRoute
from api.schemas.status import CollectionOut, CollectionsOut

router = APIRouter(prefix="/v1/collections", tags=["documents"], route_class=QueryRoute)


@router.get("")
async def list_collections(inkdex: Inkdex) -> CollectionsOut:
    """List the collections that have documents, by name, the first hundred."""
    names = await inkdex.documents.collections()
    return CollectionsOut(items=[CollectionOut(name=name) for name in names])
