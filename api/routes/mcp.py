"""The door for programs that speak the Model Context Protocol: one POST for each message."""

import asyncio
from importlib import import_module
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response

from api.http.body import StrictRoute
from api.http.client_leaving import unless_client_leaves

SERVER = "api.mcp.server"
"""Imported with the first message, because the protocol's library takes 22 MB."""


class McpRoute(StrictRoute):
    """A strict route with room for a document of 1 MiB."""

    body_max_bytes = 2 * 1024 * 1024


router = APIRouter(route_class=McpRoute)


# Its messages are those of the protocol, which OpenAPI cannot describe.
@router.post("/mcp", include_in_schema=False)
async def mcp(request: Request, message: Annotated[dict[str, Any], Body()]) -> Response:  # noqa: ARG001 - the server reads it again
    """Answer a message. The work ends when the client leaves."""
    server = await asyncio.to_thread(import_module, SERVER)
    return await unless_client_leaves(request, server.answer(request))
