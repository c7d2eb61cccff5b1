"""A read replica: a copy of a cluster that follows it, on this machine."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg

from local import passwords, ports
from local.errors import StackError
from local.processes import service, user
from local.servers.postgres import Cluster, binaries


@dataclass(frozen=True)
class Standby:
    """A running replica. `url` leads to the same database as that of the primary."""

    url: str
    process: psutil.Process

    def hold(self) -> None:
        """Show no further changes."""
        self._do("SELECT pg_wal_replay_pause()")

    def release(self) -> None:
        """Follow again."""
        self._do("SELECT pg_wal_replay_resume()")

    def replay_later(self, seconds: int) -> None:
        """Show what was committed in the last seconds later, also what was shown before a crash."""
        self._do(f"ALTER SYSTEM SET recovery_min_apply_delay = '{seconds}s'")
        self._do("SELECT pg_reload_conf()")

    def crash(self) -> None:
        """Lose a query's process. The server ends all connections, and recovers by itself."""
        with psycopg.connect(self.url) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)

    def promote(self) -> None:
        """Become a primary of its own."""
        self._do("SELECT pg_promote()")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Hang, with all connections open."""
        try:
            self.freeze()
            yield
        finally:
            self.thaw()

    def freeze(self) -> None:
        for each in self._processes():
            with suppress(psutil.NoSuchProcess):
                each.suspend()

    def thaw(self) -> None:
        for each in self._processes():
            with suppress(psutil.NoSuchProcess):
                each.resume()

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def _do(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running(directory: Path, primary_url: str) -> Iterator[Standby]:
    """Run a replica of the whole cluster for the length of the block."""
    cluster = copy(directory, primary_url)
    with service.running(cluster.service(), directory / "postgres.log"):
        pid = (cluster.data / "postmaster.pid").read_text().splitlines()[0]
        yield Standby(url_on(cluster, primary_url), psutil.Process(int(pid)))


def copy(directory: Path, primary_url: str, settings: Mapping[str, str] | None = None) -> Cluster:
    """Return a copy of the whole cluster that follows it once it is started."""
    standby = Cluster(directory.resolve(), ports.free_port(), settings or {})
    directory.mkdir(mode=0o711)
    passwords.write_private(directory / "password", urlsplit(primary_url).password or "")
    _copy(primary_url, standby)
    standby.prepare()
    return standby


def url_on(standby: Cluster, primary_url: str) -> str:
    """Return the URL of the same database on a replica."""
    primary = urlsplit(primary_url)
    host = primary.netloc.rsplit(":", 1)[0]
    return primary._replace(netloc=f"{host}:{standby.port}").geturl()


def _copy(primary_url: str, standby: Cluster) -> None:
    owner = user.server_user()
    standby.data.mkdir(mode=0o700)
    os.chown(standby.data, owner.file_owner, -1)
    command: list[str | Path] = [
        binaries() / "pg_basebackup",
        *("-d", primary_url),
        *("-D", standby.data),
        "--write-recovery-conf",
        "--checkpoint=fast",
        "--no-sync",
    ]
    done = owner.run(command)
    if done.returncode != 0:
        raise StackError(f"PostgreSQL's pg_basebackup failed:\n{done.stderr}")
