"""A read replica: a copy of a cluster that follows it, on this machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from local import passwords, ports
from local.processes import service, user
from local.servers.postgres import Cluster, binaries


@contextmanager
def running(directory: Path, primary_url: str) -> Iterator[str]:
    """Run a replica of the whole cluster and yield the URL of the same database on it."""
    standby = Cluster(directory.resolve(), ports.free_port())
    directory.mkdir(mode=0o711)
    passwords.write_private(directory / "password", urlsplit(primary_url).password or "")
    _copy(primary_url, standby)
    standby.prepare()
    with service.running(standby.service(), directory / "postgres.log"):
        primary = urlsplit(primary_url)
        host = primary.netloc.rsplit(":", 1)[0]
        yield primary._replace(netloc=f"{host}:{standby.port}").geturl()


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
    assert done.returncode == 0, done.stderr


def hold(url: str) -> None:
    """Let a replica show no further changes."""
    _do(url, "SELECT pg_wal_replay_pause()")


def release(url: str) -> None:
    """Let it go on."""
    _do(url, "SELECT pg_wal_replay_resume()")


def promote(url: str) -> None:
    """Make it a primary of its own."""
    _do(url, "SELECT pg_promote()")


def _do(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
