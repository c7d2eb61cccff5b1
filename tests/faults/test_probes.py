"""What a platform sees of processes that start, stop, or lose their database."""

import os
import signal
import time

from local import ports
from tests.support import loopback
from tests.support.processes import answers, eventually
from tests.support.server_processes import Postgres
from tests.support.system_fixtures import StartSystem

DRAIN_SECONDS = 3


def status(url: str) -> int:
    return loopback.get(url).status_code


def test_a_stopping_api_serves_until_it_has_drained(start_system: StartSystem) -> None:
    system = start_system(env={"INKDEX_DRAIN_SECONDS": str(DRAIN_SECONDS)})
    api, client = system.apis[0], system.client()
    ready = f"{client.base_url}/readyz"
    assert loopback.get(ready).json()["stopping"] is False
    begun = time.monotonic()
    os.kill(api.pid, signal.SIGTERM)
    eventually(lambda: status(ready) == 503, "it says that it is not ready", 2)
    assert loopback.get(ready).json()["stopping"] is True
    served = client.put("/v1/documents/late", json={"content": "Ink dries."})
    assert served.status_code == 201
    assert served.headers["Connection"] == "close"
    api.terminate()
    assert time.monotonic() - begun > DRAIN_SECONDS


def test_a_worker_is_alive_but_not_ready_without_postgres(
    start_on_cluster: StartSystem, cluster: Postgres
) -> None:
    port = ports.free_port()
    system = start_on_cluster(env={"INKDEX_WORKER_METRICS_PORT": str(port)})
    alive, ready = (f"http://127.0.0.1:{port}/{page}" for page in ("livez", "readyz"))
    log = system.workers[0].log
    eventually(lambda: answers(ready), "the worker is ready", 20, log)
    assert loopback.get(ready).json() == {"ready": True, "stopping": False, "paused_reason": None}
    cluster.crash()
    eventually(lambda: status(ready) == 503, "it is not ready", 30, log)
    assert loopback.get(alive).json() == {"alive": True, "stuck": []}
    cluster.start()
    eventually(lambda: answers(ready), "it is ready again", 30, log)
