"""The plans of statements, as PostgreSQL reports them to a connection."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg

from shared.config import Settings
from shared.db.kit.pool import AsyncConnection, Connection
from shared.db.kit.session import connection_options
from shared.db.search.search import SMALL_SCOPE

EXPLAIN = """
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on;
SET auto_explain.log_format = json; SET auto_explain.log_buffers = on;
SET client_min_messages = log
"""
RUNS = 8
"""After this many runs psycopg prepares the statement and PostgreSQL uses a generic plan."""


class Plans:
    """Keeps the plans of the statements of a connection that explains them."""

    def __init__(self) -> None:
        self._messages: list[str] = []

    def note(self, notice: psycopg.errors.Diagnostic) -> None:
        self._messages.append(notice.message_primary or "")

    def clear(self) -> None:
        self._messages.clear()

    def nodes(self) -> list[dict[str, Any]]:
        """Return the nodes of all plans since the last call."""
        found: list[dict[str, Any]] = []
        for message in self._messages:
            if "plan:" in message:
                _walk(json.loads(message.partition("plan:\n")[2])["Plan"], found)
        self.clear()
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
async def api_connection(settings: Settings, plans: Plans) -> AsyncIterator[AsyncConnection]:
    """A connection of the API. It reports the plan of each statement."""
    async with await psycopg.AsyncConnection.connect(**connection_options(settings)) as connection:
        connection.add_notice_handler(plans.note)
        for statement in EXPLAIN.split(";"):
            await connection.execute(statement)
        yield connection


@contextmanager
def worker_connection(settings: Settings, plans: Plans) -> Iterator[Connection]:
    """A connection of a worker. It reports the plan of each statement."""
    with psycopg.connect(**connection_options(settings)) as connection:
        connection.add_notice_handler(plans.note)
        for statement in EXPLAIN.split(";"):
            connection.execute(statement)
        yield connection
