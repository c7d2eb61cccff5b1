"""Metrics for Prometheus."""

from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response

from api.http.parameters import Inkdex

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(inkdex: Inkdex, accept: Annotated[str, Header()] = "") -> Response:
    """Return this process's metrics and the system's gauges in Prometheus' format.

    It answers whatever is down. Scrape every API process: each has its own counters.
    """
    parts, backlog = await inkdex.system_metrics.read()
    body, content_type = inkdex.metrics.exposition(parts, backlog, accept)
    return Response(body, headers={"Content-Type": content_type})
