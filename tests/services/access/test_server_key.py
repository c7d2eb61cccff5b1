"""The key of the server: made once, by whichever process needs it first."""

import asyncio

import pytest

from shared.adapters.sealing import AesSivSealing
from shared.db.kit import server_secrets
from shared.db.kit.pool import AsyncDatabase, Database
from shared.domain.refs import DEFAULT_TENANT
from shared.ports.sealing import Sealed
from shared.services.access.server_key import ServerKey

pytestmark = pytest.mark.anyio

NUMBER = 8


async def test_processes_that_start_at_once_have_the_same_key(
    async_database: AsyncDatabase, database: Database
) -> None:
    keys = [ServerKey(async_database, AesSivSealing) for _ in range(NUMBER)]
    sealings = await asyncio.gather(*(key.sealing() for key in keys))
    sealed = {each.seal(Sealed.EVENT, DEFAULT_TENANT, b"content") for each in sealings}
    assert len(sealed) == 1
    with database.connection() as connection:
        secret = server_secrets.read_in_worker(connection, server_secrets.SEALING)
        assert len(secret.value) == server_secrets.SECRET_BYTES
        assert sealed == {
            AesSivSealing(secret.value).seal(Sealed.EVENT, DEFAULT_TENANT, b"content")
        }


async def test_former_ids_count_for_a_day(
    async_database: AsyncDatabase, database: Database
) -> None:
    key = ServerKey(async_database, AesSivSealing)
    await key.sealing()
    assert key.allows_former
    with database.connection() as connection:
        connection.execute("UPDATE server_secrets SET created_at = now() - interval '25 hours'")
    later = ServerKey(async_database, AesSivSealing)
    await later.sealing()
    assert not later.allows_former


async def test_a_database_that_only_reads_gives_a_key_that_was_made_before(
    async_database: AsyncDatabase,
) -> None:
    async with async_database.connection() as connection:
        made = await server_secrets.read(connection, server_secrets.SEALING)
    async with async_database.snapshot() as connection:
        found = await server_secrets.read(connection, server_secrets.SEALING)
    assert found.value == made.value
