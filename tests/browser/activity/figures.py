"""The page of activity, and the figures of a past step."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from playwright.sync_api import Locator, Page
from psycopg.types.json import Jsonb

ACTIVITY = "/console/activity"
STEP = timedelta(minutes=5)
"""Of the points of 24 hours."""
READY, PENDING, FAILED = 41, 30, 2
ELSEWHERE = 7
"""In another collection, so many more became ready."""
HISTOGRAM_LENGTH = 10
PUT = """
INSERT INTO {table} ({of}, minute, failed, search, waiting, pending)
VALUES (%(of)s, %(minute)s, %(failed)s, %(counts)s, %(counts)s, %(pending)s)
"""
RAN = "INSERT INTO activity (tenant, minute, workers) VALUES ('', %s, 1)"


@contextmanager
def past(database_url: str, collection: str) -> Iterator[None]:
    """A step 20 hours ago has figures. The next step is a gap, then some follow."""
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=20)
    with psycopg.connect(database_url, autocommit=True) as connection:
        for minute in (begin, begin + 2 * STEP):
            ready = READY if minute == begin else 0
            connection.execute(RAN, [minute])
            into = PUT.format(table="collection_activity", of="collection")
            connection.execute(into, _row(collection, minute, ready))
            into = PUT.format(table="activity", of="tenant")
            connection.execute(into, _row("default", minute, ready + ELSEWHERE))
        yield
        for table in ("activity", "collection_activity"):
            connection.execute(f"DELETE FROM {table} WHERE minute <= %s", [begin + 2 * STEP])


def _row(of: str, minute: datetime, ready: int) -> dict[str, Any]:
    counts = [0] * HISTOGRAM_LENGTH + [ready]
    pending = Jsonb({"interactive": PENDING, "bulk": 0, "backfill": 0})
    return {"of": of, "minute": minute, "failed": FAILED, "counts": counts, "pending": pending}


def figure(page: Page, name: str) -> Locator:
    return page.locator(".big-figure", has=page.get_by_text(name, exact=True))
