"""Measure many random texts at two sizes, and find those whose work grows faster than they do."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg.rows import dict_row

from shared.config import Settings
from shared.db.kit.pool import AsyncConnection
from shared.db.kit.session import connection_options
from tests.fuzz import texts
from tests.fuzz.work import Work, measure

CHARACTERS = 4000
"""The length of the smaller text."""
GROWTH = 4
TOLERANCE = 3
"""Noise and logarithms, as a factor."""
NOISE_SECONDS = 0.05
SECONDS_PER_100_KB = 1.0
SHOWN_CHARACTERS = 24
LANGUAGES = ["danish", "english", "french", "german", "russian", "simple", "spanish", "turkish"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a text takes at both sizes."""

    unit: str
    small: Work
    large: Work

    @property
    def slowest(self) -> tuple[float, str]:
        """The seconds per 100 KB of the slowest step, and the step."""
        per_100_kb = 100_000 / self.large.bytes
        return max((seconds * per_100_kb, step) for step, seconds in self.large.seconds.items())

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each step that takes too long.

        Any text may take NOISE_SECONDS, because a search has costs that do not grow.
        """
        for step, seconds in self.large.seconds.items():
            before = self.small.seconds[step]
            if seconds > GROWTH * TOLERANCE * before + NOISE_SECONDS:
                yield f"{self}: {step} grew from {before:.3f} s to {seconds:.3f} s"
            for work in (self.small, self.large):
                per_100_kb = work.seconds[step] * 100_000 / work.bytes
                if work.seconds[step] > NOISE_SECONDS and per_100_kb > SECONDS_PER_100_KB:
                    yield f"{self}: {step} takes {per_100_kb:.1f} s per 100 KB"

    def __str__(self) -> str:
        return f"{self.unit[:SHOWN_CHARACTERS]!a} repeated"


async def connect(settings: Settings) -> AsyncConnection:
    """Return a connection to a database that has documents of many languages."""
    options = connection_options(settings) | {"row_factory": dict_row}
    connection: AsyncConnection = await psycopg.AsyncConnection.connect(**options)
    await connection.execute(
        "INSERT INTO tenant_languages SELECT 'default', unnest(%s::text[]) ON CONFLICT DO NOTHING",
        (LANGUAGES,),
    )
    return connection


async def run(connection: AsyncConnection, unit: str, characters: int = CHARACTERS) -> Finding:
    """Measure a text that repeats `unit`. A fault must show twice, as other processes disturb."""
    finding = await _measured(connection, unit, characters)
    return await _measured(connection, unit, characters) if any(finding.faults()) else finding


async def _measured(connection: AsyncConnection, unit: str, characters: int) -> Finding:
    small = await measure(connection, texts.repeated(unit, characters))
    large = await measure(connection, texts.repeated(unit, GROWTH * characters))
    return Finding(unit, small, large)
