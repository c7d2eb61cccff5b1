"""The audit: who changed keys, tenants, collections, webhooks and models, or many documents."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.http.parameters import Caller, Inkdex
from api.http.query import QueryRoute
from api.schemas.access import ActorOut, AuditEntryOut, AuditOut
from shared.domain.access.records import AuditEntry
from shared.domain.paging import page_of

router = APIRouter(prefix="/v1/audit", tags=["access"], route_class=QueryRoute)


@router.get("")
async def list_audit(
    caller: Caller,
    inkdex: Inkdex,
    limit: Annotated[int, Query(ge=1, le=200, description="The most entries.")] = 50,
    cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
) -> AuditOut:
    """List what was done in the tenant, newest first. An operator sees all tenants."""
    found = await inkdex.access.audit.newest(caller, cursor, limit + 1)
    page, last = page_of(found, limit)
    return AuditOut(
        items=[_shown(each) for each in page], next_cursor=str(last.id) if last else None
    )


def _shown(entry: AuditEntry) -> AuditEntryOut:
    return AuditEntryOut(
        id=entry.id,
        time=entry.at,
        tenant=entry.tenant,
        actor=ActorOut(id=entry.actor, name=entry.actor_name),
        action=entry.action,
        target=entry.target,
        detail=dict(entry.detail),
    )
