"""What the caller's tenant has, and what it may have."""

from fastapi import APIRouter

from api.http.parameters import Caller, Inkdex
from api.http.query import QueryRoute
from api.schemas.usage import LimitsOut, QuotasOut, TenantUsageOut, UsageOut
from shared.domain.access.principal import Action

router = APIRouter(prefix="/v1/usage", tags=["operations"], route_class=QueryRoute)


@router.get("")
async def get_usage(inkdex: Inkdex, caller: Caller) -> TenantUsageOut:
    """Return what the tenant of the key has, its quotas, and the limits of its keys."""
    caller.require(Action.STATS)
    allowance = await inkdex.allowances.of(caller.tenant)
    return TenantUsageOut(
        usage=UsageOut.model_validate(await inkdex.quotas.used(caller.tenant)),
        quotas=QuotasOut.model_validate(allowance.quotas),
        limits=LimitsOut.model_validate(allowance.limits),
    )
