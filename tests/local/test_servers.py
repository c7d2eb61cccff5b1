import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from local import ports
from local.errors import StackError
from local.processes import orphans, service, user
from local.processes.user import ProcessUser, server_user
from local.servers import postgres, valkey
from tests.support.paths import ROOT

NO_FSYNC = {"fsync": "off"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change users")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter. They may not enter pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> ProcessUser:
    """The user for PostgreSQL if we are root and user namespaces are not allowed."""
    account = pwd.getpwnam("nobody")
    other_user = ProcessUser(uid=account.pw_uid, gid=account.pw_gid)
    monkeypatch.setattr(user, "server_user", lambda: other_user)
    if not other_user.can_enter(postgres.binaries()):
        pytest.skip("the user nobody may not enter the virtual environment")
    return other_user


def test_postgres_has_pgvector_and_keeps_its_data(tmp_path: Path) -> None:
    directory = tmp_path / "with a space"
    with postgres.running(directory, settings=NO_FSYNC) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE EXTENSION vector")
        connection.execute("CREATE TABLE kept AS SELECT '[1,2]'::halfvec(2) AS embedding")
        assert connection.info.server_version // 10_000 == 18
    with postgres.running(directory, settings=NO_FSYNC) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT embedding FROM kept").fetchone() == ("[1,2]",)
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)


def test_postgres_requires_its_password(tmp_path: Path) -> None:
    with postgres.running(tmp_path, settings=NO_FSYNC) as url:
        address = url.rpartition("@")[2]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgresql://inkdex:wrong@{address}")
    assert (tmp_path / "password").stat().st_mode & 0o077 == 0


def test_an_orphaned_postgres_is_stopped(tmp_path: Path) -> None:
    cluster = postgres.Cluster(tmp_path, ports.free_port(), NO_FSYNC)
    cluster.prepare()
    orphan = subprocess.Popen(
        cluster.service().command, env=cluster.service().env, stderr=subprocess.DEVNULL
    )
    while not cluster.accepts_connections():
        assert orphan.poll() is None
    with postgres.running(tmp_path, settings=NO_FSYNC) as url:
        assert orphan.wait(10) == 0
        psycopg.connect(url).close()


def test_the_pid_of_another_process_is_ignored(tmp_path: Path) -> None:
    with postgres.running(tmp_path, settings=NO_FSYNC):
        lines = (tmp_path / "cluster" / "postmaster.pid").read_text().splitlines()
    changed = "\n".join([str(os.getpid()), *lines[1:]])
    (tmp_path / "cluster" / "postmaster.pid").write_text(changed)
    with postgres.running(tmp_path, settings=NO_FSYNC) as url:
        psycopg.connect(url).close()


def test_an_interrupted_initdb_is_repeated(tmp_path: Path) -> None:
    (tmp_path / "cluster.partial").mkdir()
    (tmp_path / "cluster.partial" / "PG_VERSION").write_text("18\n")
    with postgres.running(tmp_path, settings=NO_FSYNC) as url:
        psycopg.connect(url).close()


def test_data_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(StackError, match="written by PostgreSQL 17, and this is 18"):
        postgres.Cluster(tmp_path, 1).prepare()


def test_a_setting_that_postgres_rejects_is_shown(tmp_path: Path) -> None:
    with (
        pytest.raises(StackError, match="unrecognized configuration parameter"),
        postgres.running(tmp_path, settings=NO_FSYNC | {"no_such_setting": "1"}),
    ):
        pass


@as_root
def test_root_without_user_namespaces_uses_another_user(
    open_folder: Path, nobody: ProcessUser
) -> None:
    with postgres.running(open_folder / "pg", settings=NO_FSYNC) as url:
        psycopg.connect(url).close()
        cluster = open_folder / "pg" / "cluster"
        assert cluster.stat().st_uid == nobody.uid
        pid = int((cluster / "postmaster.pid").read_text().split()[0])
        assert psutil.Process(pid).uids().effective == nobody.uid


@as_root
@pytest.mark.usefixtures("nobody")
def test_root_without_user_namespaces_gets_an_error_in_a_closed_folder(open_folder: Path) -> None:
    open_folder.chmod(0o700)
    with pytest.raises(StackError, match="may not enter"):
        postgres.Cluster(open_folder / "pg", 1).prepare()


@as_root
def test_the_owner_of_the_files_follows_the_user(
    open_folder: Path, nobody: ProcessUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = open_folder / "pg" / "cluster"
    with postgres.running(open_folder / "pg", settings=NO_FSYNC):
        assert cluster.stat().st_uid == nobody.uid
    monkeypatch.setattr(user, "server_user", server_user)
    with postgres.running(open_folder / "pg", settings=NO_FSYNC):
        assert cluster.stat().st_uid == (cluster / "base").stat().st_uid == server_user().file_owner


@as_root
def test_an_ordinary_user_runs_postgres_directly(open_folder: Path) -> None:
    account = pwd.getpwnam("nobody")
    other_user = ProcessUser(uid=account.pw_uid, gid=account.pw_gid)
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    same_python = f"/usr/bin/python3.{sys.version_info[1]}"
    program = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}, {packages!r}]\n"
        "from pathlib import Path\n"
        "from local.servers import postgres\n"
        "with postgres.running(Path(sys.argv[1])) as url:\n"
        "    print('running')\n"
    )
    (open_folder / "own").mkdir()
    os.chown(open_folder / "own", account.pw_uid, account.pw_gid)
    for python in (sys.executable, same_python):
        if other_user.run(["/bin/sh", "-c", f"test -x {python}"]).returncode == 0:
            done = other_user.run([python, "-c", program, open_folder / "own"])
            assert done.stdout == "running\n", done.stderr
            return
    pytest.skip("an ordinary user may run no Python on this system")


def test_valkey_requires_its_password(tmp_path: Path) -> None:
    with valkey.running(tmp_path) as url:
        assert valkey.answers(url)
        assert not valkey.answers("redis://" + url.rpartition("@")[2])
        with redis.Redis.from_url(url) as client:
            client.set("key", "value")
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("save") == {"save": ""}
        assert (tmp_path / "valkey.conf").stat().st_mode & 0o077 == 0
    assert not valkey.answers(url)
    assert not (tmp_path / "dump.rdb").exists()


def test_a_server_that_does_not_start_shows_its_log(tmp_path: Path) -> None:
    broken = service.Service(
        name="broken", argv=(sys.executable, "-c", "exit('no way')"), ready=lambda: False
    )
    with (
        pytest.raises(StackError, match=r"broken did not start\.\n    no way"),
        service.running(broken, tmp_path / "log"),
    ):
        pass


def test_a_zombie_counts_as_exited() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    assert orphans.exits_within(psutil.Process(child.pid), 10)
    assert child.wait() == 0


def test_a_process_that_ignores_sigterm_is_killed() -> None:
    command = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", command])
    orphans.wait_or_kill([psutil.Process(child.pid)], seconds=0.1)
    assert child.wait() == -signal.SIGKILL
