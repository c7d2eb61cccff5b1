"""HAProxy in front of several APIs. It sends requests only to those whose `/readyz` says so."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local import ports
from local.errors import StackError
from local.processes import service
from local.servers import probes

HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
ASKS_SECONDS = 2

# It asks as often as the chart's readiness probe, and repeats no request that a server has read.
CONFIGURATION = """\
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout check 5s
frontend all
    bind 127.0.0.1:{port}
    default_backend apis
backend apis
    option httpchk GET /readyz
    default-server check inter {seconds}s fall 2 rise 1
{servers}
"""


@contextmanager
def running(folder: Path, apis: Sequence[int]) -> Iterator[int]:
    """Run HAProxy in front of the APIs at these ports. Yield its own port."""
    if HAPROXY is None:
        raise StackError("This benchmark needs HAProxy: install the package haproxy.")
    port = ports.free_port()
    servers = "\n".join(f"    server api{each} 127.0.0.1:{each}" for each in apis)
    configuration = folder / "haproxy.cfg"
    configuration.write_text(CONFIGURATION.format(port=port, servers=servers, seconds=ASKS_SECONDS))
    program = service.Service(
        name="haproxy",
        argv=(HAPROXY, "-db", "-f", str(configuration)),
        ready=lambda: probes.http_status(port, "/readyz") == 200,
    )
    with service.running(program, folder / "haproxy.log"):
        time.sleep(2 * ASKS_SECONDS)  # until it has asked each, all count as ready
        yield port
