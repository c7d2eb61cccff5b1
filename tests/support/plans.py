"""The plans of the statements that a connection runs."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from shared.config import Settings
from shared.db.kit.pool import AsyncConnection
from shared.db.kit.session import connection_options
from shared.db.search.search import SMALL_SCOPE

EXPLAIN = """
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on;
SET auto_explain.log_format = json; SET auto_explain.log_buffers = on;
SET client_min_messages = log
"""


class Plans:
    """Runs statements with auto_explain and keeps their plans."""

    def __init__(self, notices: list[str]) -> None:
        self._notices = notices

    def nodes(self) -> list[dict[str, Any]]:
        """Return the nodes of all plans since the last call."""
        found: list[dict[str, Any]] = []
        for notice in self._notices:
            if "plan:" in notice:
                _walk(json.loads(notice.partition("plan:\n")[2])["Plan"], found)
        self._notices.clear()
        return found


def _walk(node: dict[str, Any], found: list[dict[str, Any]]) -> None:
    found.append(node)
    for below in node.get("Plans", []):
        _walk(below, found)


def scanned(nodes: list[dict[str, Any]]) -> set[str]:
    """Return the tables that were scanned, except for scans of a few rows."""
    assert nodes
    return {
        node["Relation Name"]
        for node in nodes
        if node["Node Type"] == "Seq Scan"
        and node["Actual Rows"] + node.get("Rows Removed by Filter", 0) > SMALL_SCOPE + 1
    }


def indexes(nodes: list[dict[str, Any]]) -> set[str]:
    return {node["Index Name"] for node in nodes if "Index Name" in node}


@asynccontextmanager
async def api_connection(settings: Settings, notices: list[str]) -> AsyncIterator[AsyncConnection]:
    """A connection of the API. It reports the plan of each statement."""
    async with await psycopg.AsyncConnection.connect(**connection_options(settings)) as connection:
        connection.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        for statement in EXPLAIN.split(";"):
            await connection.execute(statement)
        yield connection
