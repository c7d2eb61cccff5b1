"""All tools, and those that a caller may use."""

from typing import Final

from api.mcp.asking import ASK
from api.mcp.reading import GET_DOCUMENT, LIST_COLLECTIONS
from api.mcp.searching import SEARCH
from api.mcp.tool import Tool
from api.mcp.writing import DELETE_DOCUMENT, PUT_DOCUMENT
from shared.domain.access.principal import Principal

TOOLS: Final = {
    each.name: each
    for each in (SEARCH, ASK, GET_DOCUMENT, LIST_COLLECTIONS, PUT_DOCUMENT, DELETE_DOCUMENT)
}


def tools_of(caller: Principal) -> list[Tool]:
    """Return the tools whose action the caller may do in some collection."""
    allowed = {action for grant in caller.grants for action in grant.actions}
    return [each for each in TOOLS.values() if each.action in allowed]
