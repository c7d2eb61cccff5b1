"""The originals of files count to the bytes of their tenant."""

import pytest
from psycopg.types.json import Jsonb

from shared.db.access import usage
from shared.db.kit.pool import AsyncDatabase, Database
from shared.domain.access.limits import Limits
from shared.domain.files.file import PIECE_BYTES, FileOptions, FileRef
from shared.domain.operations.client import ANYONE
from shared.domain.refs import DEFAULT_TENANT
from shared.ports.meters import ApiMeter
from shared.services.access import allowances
from shared.services.access.allowances import Allowances
from shared.services.access.quotas import TenantQuotas
from shared.services.files.service import FileService
from shared.services.files.upload import Upload
from tests.services.files.conftest import Send
from tests.support.collections import named

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _quota_of_2000_bytes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowances, "KEEP_SECONDS", 0)
    with database.connection() as connection:
        connection.execute("UPDATE tenants SET quotas = %s", (Jsonb({"bytes": 2000}),))


async def used_bytes(database: AsyncDatabase) -> int:
    quotas = TenantQuotas(database, Allowances(database, Limits()), ApiMeter())
    return (await quotas.used(DEFAULT_TENANT)).bytes


async def upload(files: FileService, *names: str, size: int) -> tuple[list[FileRef], Upload]:
    async with files.upload(ANYONE) as running:
        for name in names:
            await running.begin(name, "text/plain")
            await running.add(name.encode() * size)
            await running.end()
        return await running.accept(named("c"), None, FileOptions(None, {}, None)), running


async def test_a_file_counts_until_it_is_deleted(
    files: FileService, send: Send, async_database: AsyncDatabase, database: Database
) -> None:
    ref = await send("a", "x" * 100)
    assert await used_bytes(async_database) == 100
    await send("a", "x" * 70)
    assert await used_bytes(async_database) == 70
    await files.delete(ref)
    assert await used_bytes(async_database) == 0
    with database.connection() as connection:
        usage.sum_up(connection)
    assert await used_bytes(async_database) == 0


async def test_the_first_count_finds_files(send: Send, database: Database) -> None:
    await send("a", "x" * 100)
    with database.connection() as connection:
        connection.execute("TRUNCATE tenant_usage, tenant_usage_changes")
        usage.sum_up(connection)
        (row,) = connection.execute("SELECT bytes FROM tenant_usage").fetchall()
    assert row["bytes"] == 100


async def test_a_file_without_room_is_rejected_and_the_others_are_stored(
    files: FileService, async_database: AsyncDatabase
) -> None:
    accepted, running = await upload(files, "a", "b", "c", size=900)
    assert [ref.id for ref in accepted] == ["a", "b"]
    (rejected,) = running.rejected
    assert (rejected.name, rejected.code) == ("c", "quota-exceeded")
    assert "quota is 2,000 bytes, and 1,800 are used" in rejected.message
    assert await used_bytes(async_database) == 1800


async def test_a_file_that_is_too_large_for_its_tenant_is_not_stored_first(
    files: FileService, async_database: AsyncDatabase
) -> None:
    accepted, running = await upload(files, "a", size=2 * PIECE_BYTES)
    assert accepted == []
    assert [each.code for each in running.rejected] == ["quota-exceeded"]
    async with async_database.connection() as connection:
        cursor = await connection.execute("SELECT FROM file_pieces")
        assert cursor.rowcount == 0


async def test_a_file_may_be_replaced_by_one_that_takes_less(
    files: FileService, async_database: AsyncDatabase
) -> None:
    await upload(files, "a", size=1800)
    accepted, _ = await upload(files, "a", size=150)
    assert len(accepted) == 1
    assert await used_bytes(async_database) == 150
