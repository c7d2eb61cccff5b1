"""The work for a text grows with its length, whatever the text repeats."""

from collections.abc import AsyncIterator

import pytest

from shared.config import Settings
from shared.db.kit.pool import AsyncConnection
from tests.fuzz import texts
from tests.fuzz.run import connect, run

pytestmark = pytest.mark.anyio

RANDOM_TEXTS = 20


@pytest.fixture
async def connection(settings: Settings) -> AsyncIterator[AsyncConnection]:
    async with await connect(settings) as connection:
        yield connection


async def test_work_is_linear_in_known_patterns(connection: AsyncConnection) -> None:
    findings = [await run(connection, unit) for unit in texts.KNOWN]
    assert not [fault for finding in findings for fault in finding.faults()]


async def test_work_is_linear_in_random_patterns(connection: AsyncConnection) -> None:
    """`python -m tests.fuzz --texts 20000` tries more."""
    findings = [await run(connection, texts.unit(seed)) for seed in range(RANDOM_TEXTS)]
    assert not [fault for finding in findings for fault in finding.faults()]
