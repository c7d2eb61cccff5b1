"""The process under load, when clients disconnect, and when it is stopped."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.model_server import Server, running_server
from tests.support.paths import ROOT
from tests.support.processes import eventually

LONG = ["ink is slow to dry " * 60] * 16  # about a second of work


def embedding(texts: str | list[str]) -> dict[str, object]:
    return {"model": "all-minilm", "input": texts}


def until_logged(server: Server, line: str) -> None:
    """Wait for a line of log: a request is logged after its answer is sent."""
    eventually(lambda: line in server.log, f"a line of log: {line}", 10, server.log_file)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def test_other_requests_are_answered_during_an_embedding(
    http: httpx.Client, pool: ThreadPoolExecutor
) -> None:
    work = pool.submit(http.post, "/api/embed", json=embedding(LONG))
    time.sleep(0.1)
    assert http.get("/api/tags").status_code == 200
    assert not work.done()
    assert work.result().status_code == 200


def test_requests_are_served_in_order(
    server: Server, http: httpx.Client, pool: ThreadPoolExecutor
) -> None:
    requests = []
    for texts in (LONG[:9], LONG[:8], ["ink"]):
        requests.append(pool.submit(http.post, "/api/embed", json=embedding(texts)))
        time.sleep(0.2)
    assert [request.result().status_code for request in requests] == [200, 200, 200]
    # The log shows the order; a client may read two answers in either order.
    eventually(
        lambda: served(server)[-3:] == [9, 8, 1],
        "the requests are served in order",
        10,
        server.log_file,
    )


def served(server: Server) -> list[int]:
    """Return the numbers of texts of the requests that were answered, in their order."""
    return [int(texts) for texts in re.findall(r"/api/embed 200 (\d+) texts", server.log)]


def test_a_disconnected_client_cancels_its_work(server: Server) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{server.url}/api/embed", json=embedding(LONG * 30), timeout=0.3)
    started = time.perf_counter()
    answer = httpx.post(f"{server.url}/api/embed", json=embedding("ink"), timeout=30)
    assert answer.status_code == 200
    assert time.perf_counter() - started < 5  # the whole work would take forty seconds
    until_logged(server, f"POST /api/embed 499 {len(LONG) * 30} texts")


def test_a_request_is_one_line_of_log_without_its_texts(server: Server) -> None:
    httpx.post(f"{server.url}/api/embed?x=1", json=embedding(["top secret", "ink"]))
    httpx.get(f"{server.url}/no%0Asuch%0Apath")
    until_logged(server, "POST /api/embed 200 2 texts")
    until_logged(server, "GET /no%0Asuch%0Apath 404 0 texts")
    assert "secret" not in server.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_and_answers_waiting_clients(
    tmp_path: Path, pool: ThreadPoolExecutor, number: signal.Signals
) -> None:
    with running_server(tmp_path) as server:
        url = f"{server.url}/api/embed"
        work = pool.submit(httpx.post, url, json=embedding(LONG * 6), timeout=30)
        time.sleep(0.3)
        server.process.send_signal(number)
        answer = work.result()
        assert (answer.status_code, answer.json()) == (503, {"error": "server is stopping"})
        assert server.process.wait(20) == 0
        assert "Traceback" not in server.log


def test_a_taken_port_is_reported(server: Server) -> None:
    port = server.url.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "local.model_server", "--port", port],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_holds_one_copy_of_the_weights(server: Server) -> None:
    httpx.post(f"{server.url}/api/embed", json=embedding(LONG[:8]), timeout=30)
    assert psutil.Process(server.process.pid).memory_info().rss < 400 * 1024 * 1024
