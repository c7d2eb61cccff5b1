"""Searches on read replicas that follow, are held back, stop, or are no replicas."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import pytest
from inkdex import Inkdex
from prometheus_client.samples import Sample

from bench.servers import standby
from local import ports
from local.servers import postgres
from tests.support import loopback, metrics
from tests.support.processes import answers, eventually, process

HEADER = "Inkdex-Position"
_numbers = count()
FAST = {"fsync": "off", "full_page_writes": "off"}


@dataclass
class Replicated:
    """An API and a worker on a database with a read replica."""

    url: str
    replica_url: str
    replica: ExitStack = field(repr=False)

    def write(self, id_: str, content: str) -> httpx.Response:
        path = f"{self.url}/v1/documents/{id_}"
        return httpx.put(path, json={"content": content}, trust_env=False).raise_for_status()

    def found(self, word: str, position: str | None = None, mode: str = "text") -> list[str]:
        headers = {HEADER: position} if position else {}
        body = {"q": word, "mode": mode}
        answer = httpx.post(f"{self.url}/v1/search", json=body, headers=headers, trust_env=False)
        assert HEADER not in answer.raise_for_status().headers
        return [hit["document"]["id"] for hit in answer.json()["hits"]]

    def routed(self, database: str) -> float:
        labels = {"database": database}
        return metrics.value(self.page(), "inkdex_searches_routed_total", labels)

    def page(self) -> list[Sample]:
        return metrics.scrape(f"{self.url}/metrics")

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
        url = replica.enter_context(standby.running(directory, env["DATABASE_URL"]))
        env["DATABASE_REPLICA_URLS"] = url
        found = Replicated(started.enter_context(api(env, tmp_path / "api.log")), url, replica)
        eventually(found.is_up, "the replica is used")
        yield found


@contextmanager
def api(env: dict[str, str], log: Path) -> Iterator[str]:
    port = ports.free_port()
    with process(["-m", "api"], log, {**env, "API_PORT": str(port)}):
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(f"{url}/readyz"), "API is ready", log=log)
        yield url


def test_searches_go_to_the_replica_and_see_what_was_written(
    replicated: Replicated, env: dict[str, str], tmp_path: Path
) -> None:
    for number in range(20):
        position = replicated.write("a", f"The ink dries. word{number}").headers[HEADER]
        assert replicated.found(f"word{number}", position) == ["a"]
    with process(["-m", "worker"], tmp_path / "worker.log", env):
        path = f"{replicated.url}/v1/documents/a"
        eventually(lambda: loopback.get(path).json()["status"] == "ready", "it is embedded")
        read = loopback.get(path)
    hits = replicated.found("does it dry quickly", read.headers[HEADER], "hybrid")
    assert hits == ["a"]
    assert replicated.routed("replica-1") > 0
    assert replicated.routed("replica-1") + replicated.routed("primary") == 21


def test_a_replica_that_is_held_back_serves_only_what_it_has(replicated: Replicated) -> None:
    position = replicated.write("a", "The ink dries.").headers[HEADER]
    assert replicated.found("ink", position) == ["a"]
    standby.hold(replicated.replica_url)
    before = replicated.routed("replica-1")
    position = replicated.write("b", "The quill writes.").headers[HEADER]
    assert replicated.found("quill", position) == ["b"]
    assert replicated.found("quill", "latest") == ["b"]
    assert replicated.routed("replica-1") == before
    assert replicated.found("quill") == []  # that it may miss this was not excluded
    eventually(lambda: replicated.found("quill") == ["b"], "the primary serves, as the lag is long")
    assert metrics.value(replicated.page(), "inkdex_replica_lag_seconds") > 1
    standby.release(replicated.replica_url)
    before = replicated.routed("primary")
    eventually(lambda: replicated.found("quill", position) == ["b"], "it follows again")
    assert replicated.routed("primary") == before


def test_a_replica_that_stops_or_is_promoted_fails_no_search(replicated: Replicated) -> None:
    replicated.write("a", "The ink dries.")
    standby.promote(replicated.replica_url)
    eventually(lambda: not replicated.is_up(), "a promoted replica is not used")
    assert replicated.found("ink") == ["a"]
    replicated.replica.close()
    for _ in range(10):
        assert replicated.found("ink", "latest") == ["a"]
    assert answers(f"{replicated.url}/readyz")


def test_a_replica_that_stops_under_searches_fails_none(replicated: Replicated) -> None:
    position = replicated.write("a", "The ink dries.").headers[HEADER]
    assert replicated.found("ink", position) == ["a"]
    before = replicated.routed("replica-1")
    assert replicated.found("ink") == ["a"]
    assert replicated.routed("replica-1") == before + 1
    replicated.replica.close()
    for _ in range(10):
        assert replicated.found("ink") == ["a"]
    assert replicated.routed("replica-1") == before + 1


def test_a_database_that_is_no_replica_is_not_used(
    env: dict[str, str], database_url: str, tmp_path: Path
) -> None:
    env["DATABASE_REPLICA_URLS"] = f"{database_url} {env['DATABASE_URL']}"
    log = tmp_path / "api.log"
    with api(env, log) as url:
        replicated = Replicated(url, "", ExitStack())
        eventually(lambda: log.read_text().count("replica.unusable") == 2, "both are reported")
        assert "copy of another database" in log.read_text()
        assert "no replica" in log.read_text()
        position = replicated.write("a", "The ink dries.").headers[HEADER]
        assert replicated.found("ink", position) == ["a"]
        assert replicated.routed("primary") == 1


def test_the_client_sees_what_it_wrote(replicated: Replicated) -> None:
    with Inkdex(replicated.url) as client:
        for number in range(20):
            client.documents.put("a", f"The ink dries. word{number}")
            assert [
                hit.document.id for hit in client.search(f"word{number}", mode="text").hits
            ] == ["a"]


def test_a_position_that_no_answer_told_of_is_refused(replicated: Replicated) -> None:
    answer = httpx.get(
        f"{replicated.url}/v1/search?q=ink", headers={HEADER: "soon"}, trust_env=False
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"].startswith("must be a position")
