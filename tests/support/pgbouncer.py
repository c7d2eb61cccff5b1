"""PgBouncer in transaction mode."""

import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from local import ports
from local.processes import service

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
NEEDED = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")

CONFIGURATION = """\
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
{more}
"""


def bouncer(
    folder: Path, database_url: str, more: str = "", *, with_tls: bool = False
) -> tuple[service.Service, str]:
    """Return a PgBouncer in front of a database, and its URL."""
    parts, port = conninfo_to_dict(database_url), ports.free_port()
    known = ("host", "port", "dbname", "user", "password")
    server = " ".join(f"{name}={parts[name]}" for name in known if parts.get(name))
    folder.mkdir(exist_ok=True)
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(CONFIGURATION.format(server=server, port=port, more=more))
    url = f"postgresql://inkdex@127.0.0.1:{port}/{urlsplit(database_url).path[1:]}"
    ready = (lambda: _accepts(port)) if with_tls else (lambda: _answers(url))
    user = ("--user=nobody",) if os.geteuid() == 0 else ()
    argv = (str(PGBOUNCER), *user, str(configuration))
    return service.Service(name="pgbouncer", argv=argv, ready=ready), url


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
    except OSError:
        return False
    return True


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
