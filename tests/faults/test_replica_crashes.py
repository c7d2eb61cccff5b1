"""A replica that recovers from a crash shows at first less than before."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from bench.servers import standby
from bench.servers.standby import Standby
from local.processes import service
from shared.config import Settings
from shared.db.kit.identity import identity
from shared.db.kit.pool import AsyncDatabase
from shared.domain.database_errors import DatabaseUnavailable
from shared.services.search.replica import Replica, ReplicaLost
from tests.support import pgbouncer
from tests.support.databases import make_settings
from tests.support.processes import eventually
from tests.support.server_processes import Postgres

pytestmark = pytest.mark.anyio

LATER_SECONDS = 600
TOLD = "SELECT count(*) AS told FROM told"


@pytest.fixture
def crashing(cluster: Postgres, tmp_path: Path) -> Iterator[Standby]:
    """A replica that shows after a crash only what it had flushed before."""
    with psycopg.connect(cluster.url) as connection:
        connection.execute("CREATE TABLE told ()")
    with standby.running(tmp_path / "standby", cluster.url) as running:
        yield running


@pytest.fixture(params=["direct", pytest.param("pooled", marks=pgbouncer.NEEDED)])
def address(
    request: pytest.FixtureRequest, crashing: Standby, tmp_path: Path
) -> Iterator[dict[str, SecretStr]]:
    """How searches reach the replica. A pooler's connections outlive a crash."""
    if request.param == "direct":
        yield {}
        return
    program, url = pgbouncer.bouncer(tmp_path / "pgbouncer", crashing.url)
    with service.running(program, tmp_path / "pgbouncer.log"):
        yield {"database_url": SecretStr(url), "database_direct_url": SecretStr("none")}


@pytest.fixture
async def replica(
    crashing: Standby, address: dict[str, SecretStr], redis_url: str, ollama_url: str
) -> AsyncIterator[Replica]:
    settings = make_settings(crashing.url, redis_url, ollama_url)
    quick: Settings = settings.model_copy(
        update={"database_connect_timeout_seconds": 1.0, **address}
    )
    searched, looked_at = AsyncDatabase(quick), AsyncDatabase(quick.for_looks)
    found = Replica(1, searched, looked_at, asyncio.Condition())
    await searched.open()
    await looked_at.open()
    yield found
    await searched.close()
    await looked_at.close()


async def told(database: AsyncDatabase) -> int:
    async with database.connection() as connection:
        row = await (await connection.execute(TOLD)).fetchone()
    return int(row["told"]) if row else 0


async def crash_behind(crashing: Standby, cluster: Postgres, replica: Replica) -> None:
    """Look at a row, and have the replica lose it for a while."""
    with psycopg.connect(cluster.url) as connection:
        connection.execute("INSERT INTO told DEFAULT VALUES")
    eventually(lambda: shown(crashing) == 1, "the replica shows the row")
    async with replica.looked_at.connection() as looking:
        replica.primary = await identity(looking)
    await replica._look()
    assert await told(replica.searched) == 1
    crashing.replay_later(LATER_SECONDS)
    crashing.crash()
    eventually(lambda: shown(crashing) == 0, "the replica shows less")


def shown(crashing: Standby) -> int | None:
    try:
        with psycopg.connect(crashing.url) as connection:
            row = connection.execute(TOLD).fetchone()
    except psycopg.OperationalError:
        return None
    return int(row[0]) if row else None


async def until_told(database: AsyncDatabase, seconds: float = 30) -> int:
    async with asyncio.timeout(seconds):
        while True:
            with suppress(DatabaseUnavailable):
                return await told(database)


async def test_a_search_that_was_sent_there_does_not_see_it(
    crashing: Standby, cluster: Postgres, replica: Replica
) -> None:
    await crash_behind(crashing, cluster, replica)
    with pytest.raises(TimeoutError):
        await until_told(replica.searched, seconds=5)


async def test_searches_that_are_running_are_lost_when_this_is_noticed(
    crashing: Standby, cluster: Postgres, replica: Replica
) -> None:
    await crash_behind(crashing, cluster, replica)
    assert await until_told(replica.looked_at) == 0
    before = replica.replayed
    running = asyncio.create_task(replica.run(asyncio.sleep(60)))
    await asyncio.sleep(0)
    await replica._look()
    assert replica.replayed < before
    assert replica.is_well
    with pytest.raises(ReplicaLost):
        await running
    assert await until_told(replica.searched) == 0


async def test_a_search_leaves_a_replica_that_is_gone(crashing: Standby, replica: Replica) -> None:
    """A pooler keeps the search waiting for a server, until a look waits as long."""
    async with replica.looked_at.connection() as looking:
        replica.primary = await identity(looking)
    await replica._look()
    assert await told(replica.searched) == 0
    crashing.process.kill()
    crashing.process.wait()
    following = asyncio.create_task(replica.follow())
    with pytest.raises(DatabaseUnavailable):
        await asyncio.wait_for(replica.run(told(replica.searched)), timeout=30)
    following.cancel()
