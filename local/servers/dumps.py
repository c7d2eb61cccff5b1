"""Backups of our PostgreSQL, by the pg_dump and pg_restore of its own version."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from local import ports
from local.errors import StackError
from local.processes import service, user
from local.servers import postgres
from local.servers.postgres import Cluster


def backup(cluster: Cluster, file: Path) -> None:
    """Write the database to a file. The server may run; otherwise it runs for the backup."""
    if not cluster.data.exists():
        raise StackError(f"{cluster.data} does not exist, so there is nothing to back up.")
    partial = file.with_name(file.name + ".partial")
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    with _served(cluster) as served:
        _run(served, "pg_dump", "--format=custom", "--no-owner", f"--file={partial}")
    partial.replace(file)


def restore(cluster: Cluster, file: Path) -> None:
    """Create a cluster from a backup. Raises StackError if there is one already."""
    if cluster.data.exists():
        raise StackError(
            f"{cluster.directory} already has a database. Choose an empty folder with "
            "INKDEX_DATA_DIR, or move that folder away."
        )
    if not file.is_file():
        raise StackError(f"{file} is not a file.")
    try:
        with _served(cluster) as served:
            served.create_database()
            _run(served, "pg_restore", "--no-owner", "--single-transaction", str(file))
            _run(served, "vacuumdb", "--analyze-only", "--quiet")
    except StackError:
        shutil.rmtree(cluster.data, ignore_errors=True)
        raise


@contextmanager
def _served(cluster: Cluster) -> Iterator[Cluster]:
    """Yield a cluster that answers: the running one, or one that runs inside the block."""
    if cluster.data.exists() and cluster.accepts_connections():
        yield cluster
        return
    idle = replace(cluster, port=ports.free_port())
    idle.prepare()
    with service.running(idle.service(), idle.directory / "postgres.log"):
        yield idle


def _run(cluster: Cluster, program: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - the programs are ours
        [postgres.binaries() / program, *_address(cluster), *arguments],
        env=user.clean_environment() | {"PGPASSWORD": cluster.password},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise StackError(f"{program} failed:\n{done.stderr.strip()}")


def _address(cluster: Cluster) -> Sequence[str]:
    """Return the options that lead to the database. The password is in the environment."""
    return (
        "--host=127.0.0.1",
        f"--port={cluster.port}",
        f"--username={postgres.USER}",
        f"--dbname={postgres.DATABASE}",
    )
