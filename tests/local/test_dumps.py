"""A backup is restored into an empty folder, and Inkdex continues there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local import commands, ports
from local.processes import service
from local.servers import postgres
from tests.support import invariants
from tests.support.load import texts
from tests.support.paths import ROOT
from tests.support.proxy import Proxy
from tests.support.server_processes import Redis
from tests.support.system import running


def run(command: str, *arguments: str) -> int:
    return commands.main([command, *arguments])


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with a migrated database that does not run."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(ROOT)
    folder = use(tmp_path / "data", monkeypatch)
    port = ports.free_port()
    (folder / "ports.json").write_text(json.dumps({"postgres": port}))
    cluster = postgres.Cluster(folder / "postgres", port)
    cluster.prepare()
    with service.running(cluster.service(), folder / "postgres.log"):
        cluster.create_database()
        migrate(cluster.url)
    return folder


def use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("INKDEX_DATA_DIR", str(folder))
    return folder


def migrate(url: str) -> None:
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    env = {"DATABASE_URL": url, "PATH": ""}
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, timeout=60)


def test_search_events_and_jobs_work_after_a_restore(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broker: Redis,
    proxy: Proxy,
    ollama_url: str,
) -> None:
    file = tmp_path / "inkdex.dump"
    servers = {"REDIS_URL": broker.url, "OLLAMA_HOST": proxy.url}
    source = postgres.Cluster(data / "postgres", ports.stored(data / "ports.json")["postgres"])
    with service.running(source.service(), tmp_path / "source.log"):
        with running(tmp_path, servers | {"DATABASE_URL": source.url}, ollama_url) as system:
            system.put_all(texts("before", 5))
            system.settle()
        with running(
            tmp_path, servers | {"DATABASE_URL": source.url}, ollama_url, workers=0
        ) as system:
            system.put_all(texts("pending", 3))
        assert run("backup", str(file)) == 0
    assert file.stat().st_mode & 0o077 == 0

    folder = use(tmp_path / "restored", monkeypatch)
    assert run("restore", str(file)) == 0
    cluster = postgres.Cluster(folder / "postgres", ports.free_port())
    cluster.prepare()
    with service.running(cluster.service(), tmp_path / "restored.log"):
        invariants.watch_attempts(cluster.url)
        migrate(cluster.url)
        with running(tmp_path, servers | {"DATABASE_URL": cluster.url}, ollama_url) as system:
            for id_, text in (texts("before", 5) | texts("pending", 3)).items():
                system.expect(id_, text)
            system.settle()
            assert system.get("pending-0")["status"] == "ready"
            assert system.search("dries in minutes")["hits"]
            with system.client().stream("GET", "/v1/events") as stream:
                lines = stream.iter_lines()
                assert "listening" in next(lines)
                system.put_all(texts("after", 2))
                assert any("after-0" in line for line in lines)
            system.settle()
            system.assert_invariants()


def test_a_stopped_database_is_backed_up_and_an_existing_one_is_kept(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "inkdex.dump"
    assert run("backup", str(file)) == 0
    assert run("restore", str(file)) == 1
    assert "already has a database" in capsys.readouterr().out
    assert (data / "postgres" / "cluster").exists()


def test_a_file_that_is_no_backup_leaves_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    folder = use(tmp_path / "empty", monkeypatch)
    file = tmp_path / "notes.txt"
    file.write_text("no backup")
    assert run("restore", str(file)) == 1
    assert "pg_restore failed" in capsys.readouterr().out
    assert not (folder / "postgres" / "cluster").exists()
    assert run("restore", str(tmp_path / "absent")) == 1
    assert run("backup") == 1
