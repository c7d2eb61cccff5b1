"""A full disk makes our PostgreSQL read-only before it stops."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from pydantic import SecretStr

from local import ports
from local.processes import service
from local.servers import postgres
from local.servers.disk_guard import ENOUGH_BYTES, LOW_BYTES, DiskGuard
from local.terminal import Terminal
from shared.config import Settings
from shared.db.kit.pool import Database
from shared.db.operations import databases
from shared.domain.database_errors import StorageFull
from tests.support.paths import ROOT
from tests.support.processes import eventually


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[postgres.Cluster]:
    cluster = postgres.Cluster(tmp_path / "postgres", ports.free_port(), {"fsync": "off"})
    cluster.prepare()
    with service.running(cluster.service(), tmp_path / "postgres.log"):
        cluster.create_database()
        command = [sys.executable, "-m", "alembic", "upgrade", "head"]
        env = {"DATABASE_URL": cluster.url, "PATH": ""}
        subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, timeout=60)
        yield cluster


def writes(cluster: postgres.Cluster) -> bool:
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        try:
            connection.execute("CREATE TABLE IF NOT EXISTS t (a int)")
        except psycopg.errors.ReadOnlySqlTransaction:
            return False
    return True


def test_a_full_disk_refuses_writes_until_it_has_room(
    cluster: postgres.Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    free = LOW_BYTES - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    guard = DiskGuard(cluster, Terminal())
    guard.check()
    eventually(lambda: not writes(cluster), "writes are refused")
    database = Database(Settings(database_url=SecretStr(cluster.url)))
    database.open()
    with pytest.raises(StorageFull), database.connection() as connection:
        connection.execute("CREATE TABLE u (a int)")
    with pytest.raises(StorageFull), database.connection() as connection:
        databases.check_room(connection)
    free = ENOUGH_BYTES - 1
    guard.check()
    assert not writes(cluster)
    free = ENOUGH_BYTES
    guard.check()
    eventually(lambda: writes(cluster), "writes are accepted")
    with database.connection() as connection:
        databases.check_room(connection)
    database.close()
    shown = capsys.readouterr().out
    assert "The disk is full: 95 MB are free." in shown
    assert "The disk has room again." in shown


def test_a_read_only_mode_of_an_earlier_run_ends(cluster: postgres.Cluster) -> None:
    with psycopg.connect(cluster.server_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        connection.execute("SELECT pg_reload_conf()")
    eventually(lambda: not writes(cluster), "writes are refused")
    DiskGuard(cluster, Terminal()).check()
    eventually(lambda: writes(cluster), "writes are accepted")
