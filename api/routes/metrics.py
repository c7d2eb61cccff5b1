"""Metrics for Prometheus."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response

from api.http.parameters import Caller, Inkdex
from api.http.query import QueryRoute
from shared.domain.access.principal import Action

router = APIRouter(tags=["operations"], route_class=QueryRoute)

TEXT = {"schema": {"type": "string"}, "example": "inkdex_workers 1.0\n"}


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": TEXT}}},
)
async def get_metrics(
    inkdex: Inkdex,
    caller: Caller,
    accept: Annotated[
        str, Header(description="The formats that the client reads, as Prometheus sends them.")
    ] = "",
) -> Response:
    """Return the metrics of the API and the system's gauges in Prometheus' format.

    It answers whatever is down. Scrape every API: each has its own counters. They are of
    all tenants, so once keys exist the key must be an operator's.
    """
    caller.require(Action.OPERATOR)
    system = await inkdex.system_metrics.read()
    # To read the values of several processes takes a few milliseconds.
    body, content_type = await asyncio.to_thread(inkdex.metrics.exposition, *system, accept)
    return Response(body, headers={"Content-Type": content_type})
