"""Liveness, readiness and statistics."""

from dataclasses import asdict

from fastapi import APIRouter, Response

from api.http.parameters import Caller, Inkdex
from api.http.query import QueryRoute
from api.schemas.status import (
    ActiveModelOut,
    AnswersOut,
    LatencyOut,
    PartOut,
    ReadyOut,
    RevisionsOut,
    ShareOut,
    StatsOut,
    TargetOut,
)
from api.services import Services
from shared.domain.access.principal import Action, Principal
from shared.domain.operations.statistics import PartState

router = APIRouter(tags=["operations"], route_class=QueryRoute)


@router.get("/livez")
async def livez() -> dict[str, str]:
    """Answer while the process runs."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    responses={
        503: {
            "description": "PostgreSQL does not answer, its schema does not fit, or the API stops.",
            "model": ReadyOut,
        }
    },
)
async def readyz(inkdex: Inkdex, response: Response) -> ReadyOut:
    """Return whether requests can be served, and the state of each part.

    Only PostgreSQL is needed to serve requests. While its disk is full, it still serves reads.
    An API that is about to stop is not ready, and still serves what it receives.
    """
    parts = await inkdex.status.parts()
    found, required = await inkdex.status.revisions()
    stopping = inkdex.shutdown.is_announced
    ready = parts["postgres"].state is not PartState.DOWN and not stopping
    response.status_code = 200 if ready else 503
    return ReadyOut(
        ready=ready,
        stopping=stopping,
        revisions=RevisionsOut(database=found, required=required),
        **{name: PartOut.model_validate(part) for name, part in parts.items()},
    )


@router.get("/v1/stats")
async def get_stats(inkdex: Inkdex, caller: Caller) -> StatsOut:
    """Return the tenant's documents by status and lane, its embedding rate, latencies and model."""
    caller.require(Action.STATS)
    figures = await inkdex.status.statistics(caller.tenant)
    parts = await inkdex.status.parts()
    latency = await inkdex.status.latency(caller.tenant)
    answers = inkdex.levels.answers(caller.tenant)
    targets = inkdex.levels.targets(caller.tenant, answers)
    backlog, totals = figures.backlog, figures.totals
    return StatsOut(
        documents={
            "total": totals.documents,
            "pending": figures.pending,
            "ready": totals.ready,
            "failed": backlog.failed,
        },
        lanes=dict(backlog.pending),
        oldest_pending_seconds=backlog.oldest_pending_seconds,
        embedded_per_second=round(totals.embedded_last_minute / 60, 3),
        queue_empty_seconds=figures.queue_empty_seconds,
        latency=LatencyOut.model_validate({name: asdict(each) for name, each in latency.items()}),
        answers=AnswersOut.of(answers),
        targets={name: TargetOut.model_validate(each) for name, each in targets.items()},
        model=ActiveModelOut(
            name=totals.model,
            digest=totals.digest,
            dimensions=totals.dimensions,
            note=inkdex.status.model_note(totals.model),
        ),
        model_seconds=await _model_seconds(inkdex, caller),
        workers=backlog.workers,
        paused_reason=backlog.paused_reason,
        ollama=PartOut.model_validate(parts["ollama"]),
        redis=PartOut.model_validate(parts["redis"]),
        flower_url=inkdex.settings.flower_address if caller.is_operator else "",
    )


async def _model_seconds(inkdex: Services, caller: Principal) -> list[ShareOut] | None:
    if not caller.is_operator:
        return None
    return [ShareOut.model_validate(each) for each in await inkdex.status.shares()]
