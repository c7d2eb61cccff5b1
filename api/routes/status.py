"""How the system is: liveness, readiness, statistics."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response

from api.http.parameters import Inkdex
from api.schemas.status import LatencyOut, ModelOut, PartOut, ReadyOut, StatsOut
from shared.domain.documents.document import Lane

router = APIRouter(tags=["operations"])


@router.get("/livez")
async def livez() -> dict[str, str]:
    """Answer for as long as the process serves."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    responses={503: {"description": "PostgreSQL does not answer.", "model": ReadyOut}},
)
async def readyz(inkdex: Inkdex, response: Response) -> ReadyOut:
    """Tell whether requests can be served, which takes PostgreSQL alone, and how each part is."""
    parts = await inkdex.status.parts()
    ready = parts["postgres"].ok
    response.status_code = 200 if ready else 503
    return ReadyOut.model_validate(
        {"ready": ready, **{name: asdict(state) for name, state in parts.items()}}
    )


@router.get("/v1/stats")
async def stats(inkdex: Inkdex) -> StatsOut:
    """Count documents by status and lane, and tell how the embedding goes."""
    figures = await inkdex.status.figures()
    parts = await inkdex.status.parts()
    latency = await inkdex.status.latency()
    return StatsOut(
        documents=_counts(figures),
        lanes={lane: figures[lane] for lane in Lane},
        oldest_pending_seconds=figures["oldest_pending_seconds"],
        embedded_per_second=round(figures["embedded_last_minute"] / 60, 3),
        latency=LatencyOut.model_validate(
            {name: asdict(figure) for name, figure in latency.items()}
        ),
        model=ModelOut(
            name=figures["model"],
            digest=figures["digest"],
            dimensions=figures["dimensions"],
            note=inkdex.status.model_note(figures["model"]),
        ),
        workers=figures["workers"],
        paused_reason=figures["paused_reason"],
        ollama=PartOut(**asdict(parts["ollama"])),
        redis=PartOut(**asdict(parts["redis"])),
        flower_url=inkdex.settings.flower_address,
    )


def _counts(figures: dict[str, Any]) -> dict[str, int]:
    total, ready, failed = figures["total"], figures["ready"], figures["failed"]
    return {"total": total, "pending": total - ready - failed, "ready": ready, "failed": failed}
