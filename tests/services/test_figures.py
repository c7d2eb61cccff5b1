"""What the figures of the whole system count."""

import asyncio

import pytest

from shared.db import acceptance, stats
from shared.db.pool import AsyncDatabase
from shared.domain.documents import Lane
from shared.services.documents import DocumentService
from tests.services.rig import Rig, new

pytestmark = pytest.mark.anyio


async def embedded_last_minute(database: AsyncDatabase) -> int:
    async with database.connection() as connection:
        return int((await stats.snapshot(connection))["embedded_last_minute"])


async def test_the_pace_is_that_of_embedding_alone(
    rig: Rig, documents: DocumentService, async_database: AsyncDatabase
) -> None:
    rig.model.verified()
    for number in range(3):
        await documents.create(new(str(number), f"text {number}"))
    assert await embedded_last_minute(async_database) == 0
    await asyncio.to_thread(rig.embed.work, Lane.INTERACTIVE)
    assert await embedded_last_minute(async_database) == 3
    again = [new(str(number), f"text {number}", metadata={"edited": True}) for number in range(3)]
    async with async_database.connection() as connection:
        assert await acceptance.accept_many(connection, again, Lane.BULK) == (3, 0)
    assert await embedded_last_minute(async_database) == 3
    async with async_database.connection() as connection:
        await connection.execute("UPDATE embeddings SET embedded_at = now() - interval '61 s'")
    assert await embedded_last_minute(async_database) == 0
