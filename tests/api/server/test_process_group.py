"""Several API processes behave as one API."""

import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from local import ports
from tests.support import loopback
from tests.support.metrics import scrape, value
from tests.support.processes import answers, eventually, process

PROCESSES = 2
CONNECTIONS_MAX = 400
"""An idle process accepts some of so many connections, however the kernel shares them."""
HOST = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n"
ANSWERED = "inkdex_http_request_duration_seconds_count"
STREAM = b"GET /v1/events"
COLLECTIONS = {"route": "/v1/collections"}


@dataclass
class Group:
    parent: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.parent.pid).children()

    def connect(self, sent: bytes = b"") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), 20)
        connection.sendall(sent)
        return connection

    def holders(self) -> list[int]:
        """Return how many connections of clients each process holds."""
        return [
            sum(
                each.laddr.port == self.port and each.status == psutil.CONN_ESTABLISHED
                for each in child.net_connections("tcp")
            )
            for child in self.children()
        ]

    def is_free(self) -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) != 0


@contextmanager
def running(folder: Path, env: Mapping[str, str]) -> Iterator[Group]:
    port, log = ports.free_port(), folder / "api.log"
    own = {"API_PORT": str(port), "INKDEX_API_PROCESSES": str(PROCESSES), **env}
    with process(["-m", "api"], log, own) as parent:
        group = Group(parent, port, log)
        eventually(lambda: answers(f"{group.url}/readyz"), "an API process is ready", log=log)
        eventually(lambda: is_listening_twice(group), "all processes are ready", log=log)
        yield group


def is_listening_twice(group: Group) -> bool:
    """Return whether each process has answered since its start."""
    with ExitStack() as opened:
        for _ in range(100):
            connection = opened.enter_context(group.connect(b"GET /livez" + HOST + b"\r\n"))
            connection.recv(1000)
            if len(group.children()) == PROCESSES and all(group.holders()):
                return True
        return False


@pytest.fixture
def group(tmp_path: Path, database_url: str, redis_url: str, ollama_url: str) -> Iterator[Group]:
    env = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "OLLAMA_HOST": ollama_url}
    with running(tmp_path, env) as group:
        yield group


def connect_everywhere(group: Group, opened: ExitStack, request: bytes) -> list[socket.socket]:
    """Send a request over connections of its own until each process holds some of them."""
    connections: list[socket.socket] = []
    while len(connections) < 20 or not all(group.holders()):
        assert len(connections) < CONNECTIONS_MAX, group.holders()
        connection = opened.enter_context(group.connect(request + HOST + b"\r\n"))
        assert connection.recv(1000).split()[1] == b"200"
        connections.append(connection)
    return connections


def send_everywhere(group: Group, request: bytes = b"GET /v1/collections") -> int:
    """Have each process answer a request; return how many were sent."""
    with ExitStack() as opened:
        return len(connect_everywhere(group, opened, request))


def counted(group: Group) -> float | None:
    """Return how many answers the metrics count. A process counts an answer after it is sent."""
    return value(scrape(f"{group.url}/metrics"), ANSWERED, COLLECTIONS)


def test_the_metrics_are_those_of_all_processes(group: Group) -> None:
    sent = send_everywhere(group)
    with ExitStack() as opened:
        streams = len(connect_everywhere(group, opened, STREAM))
        eventually(lambda: counted(group) == sent, "the last answer is counted, too")
        pages = [scrape(f"{group.url}/metrics") for _ in range(5)]
        assert [value(page, ANSWERED, COLLECTIONS) for page in pages] == [sent] * 5
        assert [value(page, "inkdex_event_listeners") for page in pages] == [streams] * 5
        together = sum(child.memory_info().rss for child in group.children())
        assert value(pages[0], "process_resident_memory_bytes") > 0.8 * together


def test_the_latencies_are_those_of_all_processes(group: Group) -> None:
    sent = send_everywhere(group, b"GET /v1/search?q=ink&mode=text")
    with loopback.client(group.url) as client:
        assert client.get("/v1/stats").json()["latency"]["search"]["count"] == sent


def test_an_event_reaches_the_streams_of_all_processes(group: Group) -> None:
    with ExitStack() as opened, loopback.client(group.url) as client:
        streams = connect_everywhere(group, opened, STREAM)
        client.put("/v1/documents/seen", json={"content": "Ink dries."}).raise_for_status()
        for stream in streams:
            received = b""
            while b"seen" not in received:
                received += stream.recv(1000)


def test_a_process_that_dies_is_replaced_and_its_counts_stay(group: Group) -> None:
    sent = send_everywhere(group)
    eventually(lambda: counted(group) == sent, "the last answer is counted, too")
    died = group.children()[0]
    died.send_signal(signal.SIGKILL)
    died.wait(20)
    for _ in range(10):
        assert answers(f"{group.url}/livez")
    assert counted(group) == sent
    eventually(lambda: is_listening_twice(group), "the process is replaced", 30, group.log)
    sent += send_everywhere(group)
    eventually(lambda: counted(group) == sent, "the counts of the new process are added")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_the_streams_of_all_processes(group: Group, number: signal.Signals) -> None:
    streams = [group.connect(b"GET /v1/events" + HOST + b"\r\n") for _ in range(20)]
    for stream in streams:
        stream.recv(1000)
    children = group.children()
    group.parent.send_signal(number)
    for stream in streams:
        with stream, stream.makefile("rb") as answer:
            assert answer.read().endswith(b"0\r\n\r\n")
    assert group.parent.wait(20) == 0
    assert not any(child.is_running() for child in children)
    assert group.is_free()
    assert "Traceback" not in group.log.read_text()


def test_an_api_whose_processes_keep_ending_ends(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    (tmp_path / "fastapi.py").write_text("raise SystemExit(3)")
    env = {"PYTHONPATH": str(tmp_path), "API_PORT": str(ports.free_port())}
    with process(["-m", "api"], log, {**env, "INKDEX_API_PROCESSES": "2"}) as parent:
        assert parent.wait(60) == 1
    assert "process.keeps_ending" in log.read_text()


def test_processes_stop_when_their_parent_is_killed(group: Group) -> None:
    children = group.children()
    group.parent.kill()
    for child in children:
        child.wait(20)
    assert group.is_free()
