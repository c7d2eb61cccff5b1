"""Whether an index is being built."""

import threading

import psycopg

from shared.db.kit import index_builds
from shared.db.kit.pool import Database
from tests.support.processes import eventually

BUILD = "CREATE INDEX CONCURRENTLY built_for_a_test ON chunks (model_id)"


def build(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(BUILD)


def test_a_build_of_another_connection_is_seen(database: Database, database_url: str) -> None:
    def are_running() -> bool:
        with database.connection() as connection:
            return index_builds.are_running(connection)

    assert not are_running()
    with psycopg.connect(database_url) as writer:
        writer.execute("LOCK TABLE chunks IN ROW EXCLUSIVE MODE")  # the build waits for it
        building = threading.Thread(target=build, args=[database_url])
        building.start()
        eventually(are_running, "the build is seen", 20)
    building.join(20)
    assert not are_running()
