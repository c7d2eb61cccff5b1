"""A read replica: a copy of a cluster that follows it, on this machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
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

    def promote(self) -> None:
        """Become a primary of its own."""
        self._do("SELECT pg_promote()")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Hang, with all connections open."""
        processes = [self.process, *self.process.children(recursive=True)]
        try:
            for each in processes:
                each.suspend()
            yield
        finally:
            for each in processes:
                each.resume()

    def _do(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running(directory: Path, primary_url: str) -> Iterator[Standby]:
    """Run a replica of the whole cluster for the length of the block."""
    standby = Cluster(directory.resolve(), ports.free_port())
    directory.mkdir(mode=0o711)
    passwords.write_private(directory / "password", urlsplit(primary_url).password or "")
    _copy(primary_url, standby)
    standby.prepare()
    with service.running(standby.service(), directory / "postgres.log"):
        primary = urlsplit(primary_url)
        host = primary.netloc.rsplit(":", 1)[0]
        url = primary._replace(netloc=f"{host}:{standby.port}").geturl()
        pid = (standby.data / "postmaster.pid").read_text().splitlines()[0]
        yield Standby(url, psutil.Process(int(pid)))


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
