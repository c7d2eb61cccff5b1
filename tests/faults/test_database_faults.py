"""PostgreSQL crashes; its connections run out."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.faults.conftest import Start
from tests.support import model_faults as p
from tests.support import system as systems
from tests.support.load import Writing, texts
from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.server_processes import Postgres, Redis
from tests.support.system import TIME_BOX_SECONDS, System

SMALL_POOL = {"INKDEX_DATABASE_POOL_SIZE": "2"}


def test_restarted_in_immediate_mode_while_writes_and_embeddings_run(
    tmp_path: Path, cluster: Postgres, broker: Redis, proxy: Proxy, ollama_url: str
) -> None:
    broker.start()
    servers = {"DATABASE_URL": cluster.url, "REDIS_URL": broker.url, "OLLAMA_HOST": proxy.url}
    with systems.running(tmp_path, servers, ollama_url, workers=2, apis=2) as system:
        with Writing(system, "a", 0) as one, Writing(system, "b", 1) as other:
            for pause in (0.0, 0.0, 2.0):
                enough = one.accepted + 20, other.accepted + 20
                eventually(
                    lambda e=enough: one.accepted > e[0] and other.accepted > e[1],  # type: ignore[misc]
                    "writes are accepted",
                    30,
                    system.apis[0].log,
                )
                cluster.crash()
                time.sleep(pause)  # an outage of this length
                cluster.start()
            enough = one.accepted + 5, other.accepted + 5
            eventually(
                lambda: one.accepted > enough[0] and other.accepted > enough[1],
                "writes are accepted again",
                20,
                system.apis[0].log,
            )
        system.settle()
        system.assert_invariants()
        assert all(worker.starts == 1 and worker.alive for worker in system.workers)


def test_away_when_everything_starts(
    tmp_path: Path, cluster: Postgres, broker: Redis, proxy: Proxy, ollama_url: str
) -> None:
    broker.start()
    cluster.crash()
    servers = {"DATABASE_URL": cluster.url, "REDIS_URL": broker.url, "OLLAMA_HOST": proxy.url}
    with systems.running(tmp_path, servers, ollama_url, workers=0) as system:
        worker = system.add_worker()
        answer = system.client().put("/v1/documents/x", json={"content": "Too early."})
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert system.client().get("/readyz").status_code == 503
        eventually(lambda: "loop.failed" in worker.log.read_text(), "the worker knows", 30)
        cluster.start()
        eventually(lambda: system.client().get("/readyz").status_code == 200, "ready", 20)
        system.put_all(texts("late", 5))
        system.settle()
        system.assert_invariants()


def test_searches_that_wait_for_a_model_hold_no_connection(
    start: Start, broker: Redis, proxy: Proxy
) -> None:
    broker.start()
    system = start(env={**SMALL_POOL, "INKDEX_QUERY_EMBED_BUDGET_SECONDS": "3"})
    system.put_all(texts("before", 3))
    system.settle()
    proxy.fault = p.only_embed(p.hang)
    with ThreadPoolExecutor(20) as pool:
        slow = [
            pool.submit(system.client().get, "/v1/search", params={"q": f"never {n} asked"})
            for n in range(20)
        ]
        system.put_all(texts("during", 10))
        assert system.search("dries", mode="text")["hits"]
        assert {answer.result().status_code for answer in slow} == {200}
    proxy.heal()
    system.settle()
    system.assert_invariants()


def test_readers_that_wait_hold_no_connection(start: Start, broker: Redis, proxy: Proxy) -> None:
    broker.start()
    system = start(env=SMALL_POOL)
    system.put_all(texts("before", 1))
    system.settle()
    proxy.fault = p.only_embed(p.hang)
    system.put_all(texts("held", 20))
    with ThreadPoolExecutor(40) as pool:
        waits = [pool.submit(system.get, f"held-{n}", wait=25) for n in range(20)]
        system.put_all(texts("during", 10))
        assert system.search("dries", mode="text")["hits"]
        proxy.heal()
        assert {wait.result()["status"] for wait in waits} == {"ready"}
    system.settle()
    system.assert_invariants()


def test_slow_uploads_hold_no_connection(start: Start, broker: Redis) -> None:
    broker.start()
    system = start(env={**SMALL_POOL, "INKDEX_BULK_MAX_STREAMS": "10"})
    finish = threading.Event()

    def lines(n: int) -> Iterator[bytes]:
        yield b'{"id": "slow-%d-0", "content": "First line of %d."}\n' % (n, n)
        finish.wait(60)
        yield b'{"id": "slow-%d-1", "content": "Last line of %d."}\n' % (n, n)

    def upload(n: int) -> httpx.Response:
        headers = {"Content-Type": "application/x-ndjson"}
        return system.client().post("/v1/documents/bulk", content=lines(n), headers=headers)

    with ThreadPoolExecutor(10) as pool:
        uploads = [pool.submit(upload, n) for n in range(10)]
        try:
            system.put_all(texts("during", 10))
            assert system.search("dries", mode="text")["hits"]
            eventually(lambda: _is_busy(system), "an eleventh is too many", 20)
        finally:
            finish.set()
        assert {answer.result().status_code for answer in uploads} == {200}
    for n in range(10):
        system.expect(f"slow-{n}-0", f"First line of {n}.")
        system.expect(f"slow-{n}-1", f"Last line of {n}.")
    system.settle()
    system.assert_invariants()


def _is_busy(system: System) -> bool:
    answer = system.client().post("/v1/documents/bulk", json=[])
    return answer.status_code == 429 and int(answer.headers["retry-after"]) > 0


def test_every_connection_waits_for_a_lock(start: Start, broker: Redis) -> None:
    """More slow requests than connections: each is answered in the end, and none by a 500."""
    broker.start()
    system = start(env={**SMALL_POOL, "INKDEX_DATABASE_TIMEOUT_SECONDS": "2"})
    system.put_all(texts("before", 3))
    system.settle()
    told = threading.Event()

    def write(number: int) -> list[httpx.Response | None]:
        """Write again and again: one round of waiting may end just when /readyz asks."""
        answers = [system.put(f"w-{number}", f"Number {number}.")]
        while not told.is_set():
            answers.append(system.put(f"w-{number}", f"Number {number}."))
        return answers

    with ThreadPoolExecutor(30) as pool:  # noqa: SIM117 - the lock goes before the pool ends
        with system.database() as connection, connection.transaction():
            connection.execute("LOCK TABLE documents IN ACCESS EXCLUSIVE MODE")
            writes = [pool.submit(write, number) for number in range(30)]
            try:
                eventually(
                    lambda: system.client().get("/readyz").status_code == 503, "/readyz says so", 30
                )
                started = time.monotonic()
                assert system.client().get("/livez").status_code == 200
                assert time.monotonic() - started < TIME_BOX_SECONDS
            finally:
                told.set()
            answers = [answer for each in writes for answer in each.result()]
    assert all(answer is not None and answer.status_code == 503 for answer in answers)
    assert all(answer is not None and answer.headers["retry-after"] for answer in answers)
    system.put_all({f"w-{n}": f"Number {n}." for n in range(30)})
    system.settle()
    system.assert_invariants()


OTHERS_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'crowd'
"""
DISK_FULL = """
CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
END $$
"""


@pytest.mark.parametrize("table", ["documents", "embeddings"])
def test_its_disk_is_full(table: str, system: System, proxy: Proxy) -> None:
    """PostgreSQL reads then, and refuses whatever needs room: a write, or a finished batch."""
    system.put_all(texts("before", 3))
    system.settle()
    system.do(DISK_FULL)
    system.do(f"CREATE TRIGGER disk_full BEFORE INSERT ON {table} EXECUTE FUNCTION disk_full()")
    proxy.forget()
    answers = [system.put(*each) for each in texts("during", 10).items()]
    assert {answer and answer.status_code for answer in answers} == (
        {503} if table == "documents" else {201}
    )
    assert system.search("dries in minutes")["hits"]
    if table == "embeddings":
        eventually(lambda: len(proxy.batches) >= 2, "it is tried", 20)
    system.do(f"DROP TRIGGER disk_full ON {table}")
    system.put_all(texts("during", 10))
    system.settle()
    system.assert_invariants()


def test_it_takes_no_more_connections(
    tmp_path: Path, cluster: Postgres, broker: Redis, proxy: Proxy, ollama_url: str
) -> None:
    broker.start()
    servers = {"DATABASE_URL": cluster.url, "REDIS_URL": broker.url, "OLLAMA_HOST": proxy.url}
    with systems.running(tmp_path, servers, ollama_url) as system:
        system.put_all(texts("before", 3))
        system.settle()
        with ExitStack() as crowd:
            _take_every_connection(cluster.url, crowd)
            answers = [system.put(*each) for each in texts("during", 3).items()]
            assert {answer and answer.status_code for answer in answers} == {503}
            assert system.client().get("/readyz").status_code == 503
        eventually(lambda: system.client().get("/readyz").status_code == 200, "ready", 20)
        system.put_all(texts("during", 10))
        system.settle()
        system.assert_invariants()
        assert all(worker.starts == 1 and worker.alive for worker in system.workers)


def _take_every_connection(url: str, crowd: ExitStack) -> None:
    """End the connections of everybody else, and take their places before they do."""
    first = crowd.enter_context(psycopg.connect(url, autocommit=True))
    while True:
        first.execute(OTHERS_OUT)
        try:
            crowd.enter_context(psycopg.connect(url, application_name="crowd"))
        except psycopg.OperationalError:
            break
    first.execute(OTHERS_OUT)


def test_every_connection_is_cut(start: Start, broker: Redis) -> None:
    broker.start()
    system = start()
    system.put_all(texts("before", 3))
    system.settle()
    for n in range(3):
        system.do(OTHERS_OUT)
        # What was under way may be refused; what comes a moment later may not.
        eventually(lambda n=n: _accepted(system, f"probe-{n}"), "a write is accepted", 5)  # type: ignore[misc]
        system.put_all(texts(f"during-{n}", 5))
    system.settle()
    system.assert_invariants()


def _accepted(system: System, id_: str) -> bool:
    response = system.put(id_, "After the cut.")
    return response is not None and response.is_success


@pytest.mark.parametrize("race", ["first worker", "other model"])
def test_a_write_under_way_while_the_model_is_adopted_is_not_forgotten(
    race: str, start: Start, broker: Redis
) -> None:
    """I1: its snapshot knows no model, or one that is gone, and the adoption does not see it."""
    broker.start()
    system = start(workers=0, env={"INKDEX_DATABASE_TIMEOUT_SECONDS": "25"})
    if race == "other model":
        system.rows(
            "INSERT INTO embedding_models (name, state) VALUES ('another', 'active') RETURNING id"
        )
    with ThreadPoolExecutor(1) as pool, psycopg.connect(system.env["DATABASE_URL"]) as rival:
        rival.execute(
            "INSERT INTO documents (collection, id, content, metadata, content_hash, lane)"
            " VALUES ('default', 'raced', 'x', '{}', sha256('x'), 'interactive')"
        )
        write = pool.submit(system.put, "raced", "The text that matters.")
        waiting = (
            "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'incoming'"
            " AND datname = current_database()"
        )
        eventually(lambda: bool(system.rows(waiting)), "the write waits", 10)
        worker = system.add_worker()
        # Either the adoption is through, or it waits for the write: both are right.
        adopted = "SELECT FROM embedding_models WHERE name = 'all-minilm'"
        behind = (
            "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query !~ 'incoming'"
            " AND datname = current_database()"
        )
        eventually(
            lambda: bool(system.rows(adopted) or system.rows(behind)),
            "it is adopted",
            20,
            worker.log,
        )
        rival.rollback()
        response = write.result()
    assert response is not None
    assert response.status_code == 201
    system.until_beating(worker)
    system.settle()
    system.assert_invariants()
