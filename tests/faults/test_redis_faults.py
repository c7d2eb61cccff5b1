"""Redis dies, hangs, loses its data, or never runs."""

import shlex
import signal
from collections.abc import Callable

import httpx
import pytest
import redis

from tests.support.load import Writing, texts
from tests.support.processes import eventually
from tests.support.server_processes import Redis, disconnect_others
from tests.support.system import COLLECTION, TIME_BOX_SECONDS, System
from tests.support.system_fixtures import StartSystem


def assert_woken_by_messages(system: System, broker: Redis) -> None:
    """Check that messages are sent and received again."""
    eventually(lambda: system.parts()["redis"]["ok"], "/readyz reports that Redis is back", 15)

    def consumed() -> bool:
        with redis.Redis.from_url(broker.url, socket_timeout=2) as client:
            clients = client.client_list()
        return any(entry["cmd"] == "brpop" for entry in clients)

    eventually(consumed, "a worker listens again", 20, system.workers[0].log)
    assert all(worker.starts == 1 for worker in system.workers), "a worker died"


def test_redis_is_killed_repeatedly_under_load(start_system: StartSystem, broker: Redis) -> None:
    system = start_system(workers=2, kept=True)
    with Writing(system, "load", pause=0.02) as writing:
        for _ in range(3):
            writing.until_accepted(15)
            broker.kill()
            writing.until_accepted(15)
            broker.start()
    assert system.slowest_write < TIME_BOX_SECONDS
    system.settle()
    system.assert_invariants()
    assert_woken_by_messages(system, broker)


@pytest.mark.parametrize(
    ("begin", "end"),
    [(Redis.kill, Redis.start), (Redis.pause, Redis.resume)],
    ids=["gone", "hangs"],
)
def test_redis_is_down_for_a_while(
    system: System, broker: Redis, begin: Callable[[Redis], None], end: Callable[[Redis], None]
) -> None:
    system.put_all(texts("before", 3))
    system.settle()
    begin(broker)
    system.put_all(texts("during", 20))
    assert system.search("dries in minutes")["hits"]
    eventually(lambda: not system.parts()["redis"]["ok"], "/readyz reports it", 10)
    system.settle()  # without it
    end(broker)
    system.put_all(texts("after", 5))
    system.settle()
    system.assert_invariants()
    assert_woken_by_messages(system, broker)


ERRORS = {
    "out_of_memory": ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
    "read_only_replica": ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
    "too_many_clients": ("CONFIG SET maxclients 1", "CONFIG SET maxclients 1000"),
    "another_password": ("CONFIG SET requirepass other", "CONFIG SET requirepass ''"),
}


@pytest.mark.parametrize("error", ERRORS)
def test_redis_answers_with_errors(error: str, system: System, broker: Redis) -> None:
    system.put_all(texts("before", 3))
    system.settle()
    with redis.Redis.from_url(broker.url, single_connection_client=True) as admin:
        begin, end = (shlex.split(command) for command in ERRORS[error])
        admin.execute_command(*begin)
        disconnect_others(admin)
        system.put_all(texts("during", 20))
        assert system.search("dries in minutes")["hits"]
        system.settle()
        admin.execute_command(*end)
    system.put_all(texts("after", 5))
    system.settle()
    system.assert_invariants()
    assert_woken_by_messages(system, broker)


def test_redis_is_flushed_repeatedly(system: System, broker: Redis) -> None:
    with Writing(system, "load", pause=0.005) as writing:
        for _ in range(20):
            writing.until_accepted(5)
            broker.flush()
    system.settle()
    system.assert_invariants()
    assert_woken_by_messages(system, broker)


def test_all_redis_connections_are_cut(system: System, broker: Redis) -> None:
    with Writing(system, "load", pause=0.005) as writing:
        for _ in range(5):
            writing.until_accepted(10)
            broker.disconnect_everybody()
    system.settle()
    system.assert_invariants()
    assert_woken_by_messages(system, broker)


def test_redis_is_down_at_startup(start_system: StartSystem, broker: Redis) -> None:
    broker.kill()
    system = start_system(workers=2)
    system.put_all(texts("early", 10))
    assert system.search("dries in minutes")["hits"]
    system.settle()
    broker.start()
    system.put_all(texts("late", 10))
    system.settle()
    system.assert_invariants()
    assert_woken_by_messages(system, broker)


def test_redis_is_down_all_the_time(start_system: StartSystem, broker: Redis) -> None:
    broker.kill()
    system = start_system(workers=2)
    with Writing(system, "load", pause=0.01) as writing:
        writing.until_accepted(150, seconds=30)
        assert not system.parts()["redis"]["ok"]
    assert system.slowest_write < TIME_BOX_SECONDS
    system.settle()
    system.assert_invariants()
    for process in (*system.workers, *system.apis):
        process.kill(signal.SIGTERM)
        assert process.child.poll() in {0, -signal.SIGTERM}, process.log.read_text()[-2000:]


@pytest.mark.parametrize(
    ("begin", "end"),
    [(Redis.kill, Redis.start), (Redis.pause, Redis.resume)],
    ids=["gone", "hangs"],
)
def test_a_search_with_a_cursor_says_that_redis_is_down(
    system: System, broker: Redis, begin: Callable[[Redis], None], end: Callable[[Redis], None]
) -> None:
    system.put_all(texts("many", 5))
    system.settle()
    asked = {"q": "dries in minutes", "limit": "2", **COLLECTION}

    def search(cursor: str) -> httpx.Response:
        return system.client().get("/v1/search", params={**asked, "cursor": cursor})

    cursor = search("start").raise_for_status().json()["next_cursor"]
    begin(broker)
    for answer in (search("start"), search(cursor)):
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:inkdex:cursor-unavailable"
        assert int(answer.headers["Retry-After"]) > 0
    assert system.search(asked["q"])["hits"]
    end(broker)
    kept = begin is Redis.pause
    eventually(lambda: search(cursor).status_code == (200 if kept else 410), "it works again", 20)
    assert search("start").json()["next_cursor"]
