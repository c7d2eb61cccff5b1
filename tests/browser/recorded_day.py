"""A day of a workshop in the table of activity: a night's import, busy hours, a short outage."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from shared.domain.operations.activity import Timed
from shared.domain.operations.histogram import bucket_of

MINUTES = 24 * 60
SPREAD = 0.45
"""The standard deviation of the logarithm of durations."""
IMPORT, OUTAGE, FAILURES = range(420, 540), range(1080, 1095), (437, 512, 1003, 1011, 1200)
"""Minutes of the day. In the outage no server runs."""
IMPORTED = 40
"""Documents of the import that become ready per minute."""
PUT = """
WITH of_collection AS (
    INSERT INTO collection_activity (collection, minute, failed, search, write, waiting, pending)
    SELECT %(collection)s, %(minute)s, %(failed)s, %(search)s, %(write)s, %(waiting)s, %(pending)s
    WHERE %(tenant)s <> ''
    ON CONFLICT (collection, minute) DO NOTHING
)
INSERT INTO activity (tenant, minute, failed, search, write, waiting, embedding, workers, pending)
VALUES (%(tenant)s, %(minute)s, %(failed)s, %(search)s, %(write)s, %(waiting)s, %(embedding)s,
    %(workers)s, %(pending)s)
ON CONFLICT (tenant, minute) DO NOTHING
"""


def record_day(database_url: str, collection: str) -> None:
    """Fill the last 24 hours of a collection, in which all happens."""
    random = Random(7)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    rows = [
        {"collection": collection, "minute": now - timedelta(minutes=MINUTES - number)} | row
        for number in range(MINUTES)
        if number not in OUTAGE
        for row in _rows(random, number)
    ]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.cursor().executemany(PUT, rows)


def _rows(random: Random, number: int) -> Sequence[dict[str, Any]]:
    """Return what a minute has: the rows of the tenant, and of what all tenants share."""
    people = 0.15 + max(0.0, math.sin((number - 700) / 230)) if number > 700 else 0.15
    imported = IMPORTED if number in IMPORT else 0
    pending = {"interactive": random.randrange(3), "bulk": _left(number), "backfill": 0}
    nothing: dict[str, Any] = {timed.value: [] for timed in Timed}
    waiting_ms = 9_000 if imported else 220
    tenant = nothing | {
        "tenant": "default",
        "failed": 1 + number % 3 if number in FAILURES else 0,
        "search": _durations(random, 30 * people, 14 + imported / 5),
        "write": _durations(random, 9 * people, 6 + imported / 10),
        "waiting": _durations(random, imported + 9 * people, waiting_ms),
        "workers": None,
        "pending": Jsonb(pending),
    }
    calls = _durations(random, imported / 4 + 6 * people, 180 if imported else 40)
    shared = {"tenant": "", "failed": 0, "embedding": calls, "workers": 2, "pending": None}
    return tenant, nothing | shared


def _left(number: int) -> int:
    """Return how many documents of the import are pending: it is sent in its first 20 minutes."""
    if number not in IMPORT:
        return 0
    minute = number - IMPORT.start
    return min(minute * 200, len(IMPORT) * IMPORTED - IMPORTED * minute)


def _durations(random: Random, mean: float, median_ms: float) -> list[int]:
    """Return a histogram of about `mean` durations."""
    number = round(mean * random.uniform(0.6, 1.4))
    durations = [median_ms * math.exp(random.gauss(0, SPREAD)) for _ in range(number)]
    counts = [0] * (bucket_of(max(durations, default=0)) + 1)
    for duration in durations:
        counts[bucket_of(duration)] += 1
    return counts if durations else []
