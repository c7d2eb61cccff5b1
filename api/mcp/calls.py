"""Calls a tool: its arguments are checked, and what goes wrong is told to the model."""

from collections.abc import Mapping
from typing import Any

import structlog
from mcp_types import CallToolResult, TextContent
from pydantic import ValidationError

from api.http.errors import field_errors, problem_of
from api.mcp.tool import Call, Tool
from shared.domain.errors import InkdexError, InvalidInput, UnexpectedFailure

log = structlog.get_logger()


async def result(tool: Tool, call: Call, arguments: Mapping[str, Any]) -> CallToolResult:
    """Return what a tool answers, or why it cannot."""
    try:
        given = tool.takes.model_validate(arguments)
        answer = await tool.run(call, given)
    except ValidationError as error:
        return _failed(InvalidInput(*field_errors(error.errors(include_url=False))))
    except InkdexError as error:
        return _failed(error)
    except Exception:
        log.exception("mcp.failed", tool=tool.name)
        return _failed(UnexpectedFailure())
    text = answer.model_dump_json()
    return CallToolResult(
        content=[TextContent(text=text)], structured_content=answer.model_dump(mode="json")
    )


def _failed(error: InkdexError) -> CallToolResult:
    answer = problem_of(error)
    later = answer.headers.get("Retry-After")
    text = f"{error} Try again after {later} seconds." if later else str(error)
    return CallToolResult(content=[TextContent(text=text)], is_error=True)
