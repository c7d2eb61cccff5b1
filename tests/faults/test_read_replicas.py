"""Searches on read replicas that follow, are held back, stop, or are no replicas."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import httpx
import psycopg
import pytest
from inkdex import Inkdex
from prometheus_client.samples import Sample

from bench.servers import standby
from bench.servers.standby import Standby
from local import ports
from local.servers import postgres
from tests.support import loopback, metrics
from tests.support.processes import READY_SECONDS, answers, eventually, process

HEADER = "Inkdex-Position"
_numbers = count()
FAST = {"fsync": "off", "full_page_writes": "off"}


@dataclass
class Replicated:
    """An API on a database with read replicas."""

    url: str
    standby: Standby | None = None
    stop: Callable[[], None] = field(default=lambda: None, repr=False)
    log: Path = Path()

    def write(self, id_: str, content: str) -> str:
        """Write a document; return the position."""
        path = f"{self.url}/v1/documents/{id_}"
        answer = httpx.put(path, json={"content": content}, trust_env=False)
        return answer.raise_for_status().headers[HEADER]

    def found(self, word: str, position: str | None = None, mode: str = "text") -> list[str]:
        answer = self.search(word, position, mode)
        assert HEADER not in answer.raise_for_status().headers
        return [hit["document"]["id"] for hit in answer.json()["hits"]]

    def search(self, word: str, position: str | None = None, mode: str = "text") -> httpx.Response:
        headers = {HEADER: position} if position else {}
        body = {"q": word, "mode": mode}
        path = f"{self.url}/v1/search"
        return httpx.post(path, json=body, headers=headers, trust_env=False, timeout=60)

    def found_by_replica(
        self, word: str, position: str | None = None, seconds: float = READY_SECONDS
    ) -> list[str]:
        """Search until the replica answers; return what it found."""
        found: list[str] = []

        def is_by_replica() -> bool:
            before = self.routed("replica-1")
            found[:] = self.found(word, position)
            return self.routed("replica-1") == before + 1

        eventually(is_by_replica, "the replica answers", seconds)
        return found

    def routed(self, database: str) -> float:
        return metrics.value(self.page(), "inkdex_searches_routed_total", {"database": database})

    def page(self) -> list[Sample]:
        return metrics.scrape(f"{self.url}/metrics")

    def lag(self) -> float:
        return metrics.value(self.page(), "inkdex_replica_lag_seconds")

    def is_up(self) -> bool:
        return metrics.value(self.page(), "inkdex_replica_up") == 1


@pytest.fixture(scope="module")
def primary_url(servers_dir: Path) -> Iterator[str]:
    directory = servers_dir / "primary"
    with postgres.running(directory, settings=FAST) as url:
        log = directory / "alembic.log"
        with process(["-m", "alembic", "upgrade", "head"], log, {"DATABASE_URL": url}) as migrated:
            assert migrated.wait(60) == 0, log.read_text()
        yield url


@pytest.fixture
def env(primary_url: str, redis_url: str, ollama_url: str) -> dict[str, str]:
    """The settings of an API on a database that other tests of this module use, too."""
    return {
        "DATABASE_URL": primary_url,
        "REDIS_URL": redis_url,
        "OLLAMA_HOST": ollama_url,
        "EMBEDDING_MODEL": "all-minilm",
        "INKDEX_API_PROCESSES": "1",
    }


@pytest.fixture
def replicated(env: dict[str, str], servers_dir: Path, tmp_path: Path) -> Iterator[Replicated]:
    with ExitStack() as started:
        replica = started.enter_context(ExitStack())
        directory = servers_dir / f"standby-{next(_numbers)}"
        running = replica.enter_context(standby.running(directory, env["DATABASE_URL"]))
        # A search without a position may miss what was written in the test.
        env |= {"DATABASE_REPLICA_URLS": running.url, "INKDEX_DATABASE_REPLICA_LAG_SECONDS": "60"}
        url = started.enter_context(running_api(env, tmp_path / "api.log"))
        found = Replicated(url, running, replica.close, tmp_path / "api.log")
        eventually(found.is_up, "the replica is used")
        yield found


@contextmanager
def running_api(env: dict[str, str], log: Path) -> Iterator[str]:
    port = ports.free_port()
    with process(["-m", "api"], log, {**env, "API_PORT": str(port)}):
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(f"{url}/readyz"), "API is ready", log=log)
        yield url


def test_searches_go_to_the_replica_and_see_what_was_written(
    replicated: Replicated, env: dict[str, str], tmp_path: Path
) -> None:
    for number in range(20):
        position = replicated.write("a", f"The ink dries. word{number}")
        assert replicated.found(f"word{number}", position) == ["a"]
    assert replicated.found_by_replica("word19", position) == ["a"]
    path = f"{replicated.url}/v1/documents/a"
    with process(["-m", "worker"], tmp_path / "worker.log", env):
        eventually(lambda: loopback.get(path).json()["status"] == "ready", "it is embedded")
    read = loopback.get(path)
    hits = replicated.found("does it dry quickly", read.headers[HEADER], "hybrid")
    assert hits == ["a"]


def test_a_replica_that_is_held_back_serves_only_what_it_has(replicated: Replicated) -> None:
    assert replicated.standby
    assert replicated.found_by_replica("ink", replicated.write("a", "The ink dries.")) == ["a"]
    replicated.standby.hold()
    before = replicated.routed("replica-1")
    position = replicated.write("b", "The nib writes.")
    assert replicated.found("nib", position) == ["b"]
    assert replicated.found("nib", "latest") == ["b"]
    assert replicated.routed("replica-1") == before
    assert replicated.found_by_replica("nib") == []  # nothing asked for what was written
    eventually(lambda: replicated.lag() > 3, "the lag grows")
    replicated.standby.release()
    assert replicated.found_by_replica("nib", position) == ["b"]
    eventually(lambda: replicated.lag() == 0, "it is level")


def test_a_replica_too_far_behind_serves_no_search(
    env: dict[str, str], servers_dir: Path, tmp_path: Path
) -> None:
    directory = servers_dir / f"standby-{next(_numbers)}"
    with standby.running(directory, env["DATABASE_URL"]) as running:
        env |= {"DATABASE_REPLICA_URLS": running.url, "INKDEX_DATABASE_REPLICA_LAG_SECONDS": "1"}
        with running_api(env, tmp_path / "api.log") as url:
            replicated = Replicated(url, running)
            eventually(replicated.is_up, "the replica is used")
            running.hold()
            replicated.write("c", "The parchment is dry.")
            eventually(lambda: replicated.found("parchment") == ["c"], "the primary serves")
            eventually(lambda: not replicated.is_up(), "this is measured")
            before = replicated.routed("replica-1")
            assert replicated.found("parchment") == ["c"]
            assert replicated.routed("replica-1") == before


def test_the_last_page_of_a_log_is_reached(replicated: Replicated, env: dict[str, str]) -> None:
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SELECT pg_switch_wal()")
        connection.execute("SELECT pg_switch_wal()")
    # Every 15 seconds PostgreSQL writes something into the next page by itself.
    replicated.found_by_replica("ink", "latest", seconds=8)


def test_a_promoted_replica_is_not_used(replicated: Replicated) -> None:
    assert replicated.standby
    replicated.write("a", "The ink dries.")
    replicated.standby.promote()
    eventually(lambda: not replicated.is_up(), "it is not used")
    before = replicated.routed("replica-1")
    for position in (None, "latest"):
        assert replicated.found("ink", position) == ["a"]
    assert replicated.routed("replica-1") == before


def test_a_replica_that_stops_fails_no_search(replicated: Replicated) -> None:
    position = replicated.write("a", "The ink dries.")
    assert replicated.found_by_replica("ink", position) == ["a"]
    replicated.stop()
    for _ in range(10):
        assert replicated.found("ink") == ["a"]
    eventually(lambda: not replicated.is_up(), "it is not used")


def test_a_replica_that_hangs_delays_searches_for_a_moment(replicated: Replicated) -> None:
    assert replicated.standby
    position = replicated.write("a", "The ink dries.")
    assert replicated.found_by_replica("ink", position) == ["a"]
    with ThreadPoolExecutor(8) as clients, replicated.standby.frozen():
        started = time.monotonic()
        found = list(clients.map(lambda _: replicated.found("ink"), range(8)))
        # A connection that hangs is given up after ten seconds and more.
        assert time.monotonic() - started < 9
        assert found == [["a"]] * 8
        eventually(lambda: not replicated.is_up(), "it is not used")
    eventually(replicated.is_up, "it is used again")


def test_a_busy_replica_is_used_on(env: dict[str, str], servers_dir: Path, tmp_path: Path) -> None:
    """Searches that wait in vain for a connection make no replica unusable."""
    directory, log = servers_dir / f"standby-{next(_numbers)}", tmp_path / "api.log"
    with standby.running(directory, env["DATABASE_URL"]) as running:
        env |= {"DATABASE_REPLICA_URLS": running.url, "INKDEX_DATABASE_POOL_SIZE": "2"}
        with running_api(env, log) as url, ThreadPoolExecutor(32) as clients:
            replicated = Replicated(url, running)
            eventually(replicated.is_up, "the replica is used")
            replicated.found_by_replica("ink", replicated.write("a", "The ink dries."))
            list(clients.map(lambda _: replicated.search("ink"), range(200)))
            unusable = [line for line in log.read_text().splitlines() if "unusable" in line]
            assert not [line for line in unusable if "in use" in line]
            replicated.found_by_replica("ink")


def test_searches_are_shared_out_while_documents_are_written(
    env: dict[str, str], servers_dir: Path, tmp_path: Path
) -> None:
    with ExitStack() as started:
        urls = [
            started.enter_context(
                standby.running(servers_dir / f"standby-{next(_numbers)}", env["DATABASE_URL"])
            ).url
            for _ in range(2)
        ]
        env["DATABASE_REPLICA_URLS"] = " ".join(urls)
        replicated = Replicated(started.enter_context(running_api(env, tmp_path / "api.log")))
        both = partial(metrics.value, name="inkdex_replica_up")
        eventually(lambda: both(replicated.page()) == 2, "both are used")
        for number in range(40):
            position = replicated.write("a", f"The ink dries. word{number}")
            assert replicated.found(f"word{number}", position) == ["a"]
        assert all(replicated.routed(f"replica-{number}") > 4 for number in (1, 2))


def test_a_position_of_a_former_primary_waits_for_nothing(replicated: Replicated) -> None:
    replicated.found_by_replica("ink", "FFFFFFFF/FFFFFFFF", seconds=8)


def test_a_database_that_is_no_replica_is_not_used(
    env: dict[str, str], database_url: str, tmp_path: Path
) -> None:
    env["DATABASE_REPLICA_URLS"] = f"{database_url} {env['DATABASE_URL']}"
    log = tmp_path / "api.log"
    with running_api(env, log) as url:
        replicated = Replicated(url)
        eventually(lambda: log.read_text().count("replica.unusable") == 2, "both are reported")
        assert log.read_text().count("It is no replica") == 2
        position = replicated.write("a", "The ink dries.")
        assert replicated.found("ink", position) == ["a"]
        assert replicated.routed("primary") == 1


def test_the_client_sees_what_it_wrote(replicated: Replicated) -> None:
    with Inkdex(replicated.url) as client:
        for number in range(20):
            client.documents.put("a", f"The ink dries. word{number}")
            hits = client.search(f"word{number}", mode="text").hits
            assert [hit.document.id for hit in hits] == ["a"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_position_that_no_answer_told_of_is_refused(api: str, method: str) -> None:
    body = b'{"q": "ink"}' if method == "POST" else b""
    headers = {HEADER: "soon", "content-type": "application/json"}
    path = f"{api}/v1/search?q=ink" if method == "GET" else f"{api}/v1/search"
    answer = httpx.request(method, path, headers=headers, content=body, trust_env=False)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"].startswith("must be a position")
