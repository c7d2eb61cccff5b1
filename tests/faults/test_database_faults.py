"""PostgreSQL crashes, refuses connections, cuts them, and runs out of disk."""

import time
from contextlib import ExitStack

import httpx
import psycopg
import pytest

from tests.support.load import Writing, texts
from tests.support.metrics import samples, value
from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.server_processes import Postgres
from tests.support.system import System
from tests.support.system_fixtures import StartSystem


def test_postgres_crashes_under_load(start_on_cluster: StartSystem, cluster: Postgres) -> None:
    system = start_on_cluster(workers=2, apis=2)
    with Writing(system, "a", 0) as one, Writing(system, "b", 1) as other:
        for outage_seconds in (0.0, 0.0, 2.0):
            one.until_accepted(20, seconds=30)
            other.until_accepted(20, seconds=30)
            cluster.crash()
            time.sleep(outage_seconds)
            cluster.start()
        one.until_accepted(5)
        other.until_accepted(5)
    system.settle()
    system.assert_invariants()
    assert all(worker.starts == 1 and worker.alive for worker in system.workers)


def test_postgres_is_down_at_startup(start_on_cluster: StartSystem, cluster: Postgres) -> None:
    cluster.crash()
    system = start_on_cluster(workers=0)
    worker = system.add_worker()
    answer = system.client().put("/v1/documents/x", json={"content": "Too early."})
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert system.client().get("/readyz").status_code == 503
    eventually(lambda: "loop.failed" in worker.log.read_text(), "the worker logs it", 30)
    cluster.start()
    eventually(lambda: system.client().get("/readyz").status_code == 200, "ready", 20)
    system.put_all(texts("late", 5))
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
def test_the_disk_is_full(table: str, system: System, proxy: Proxy) -> None:
    """PostgreSQL still reads, but refuses a write or a finished batch for lack of space."""
    system.put_all(texts("before", 3))
    system.settle()
    system.database.do(DISK_FULL)
    system.database.do(
        f"CREATE TRIGGER disk_full BEFORE INSERT ON {table} EXECUTE FUNCTION disk_full()"
    )
    proxy.forget()
    answers = [system.put(*each) for each in texts("during", 10).items()]
    assert {answer and answer.status_code for answer in answers} == (
        {503} if table == "documents" else {201}
    )
    assert system.search("dries in minutes")["hits"]
    if table == "documents":
        assert_refused(system, answers[0], "storage-full", "disk_full")
    else:
        eventually(lambda: "paused: disk_full" in worker_state(system), "the worker pauses", 30)
        proxy.forget()
        time.sleep(1)
        assert proxy.batches == []  # nothing is embedded that could not be stored
    system.database.do(f"DROP TRIGGER disk_full ON {table}")
    system.put_all(texts("during", 10))
    system.settle()
    system.assert_invariants()
    eventually(lambda: bool(system.parts()["worker"]["ok"]), "the worker works", 30)


def test_the_database_is_read_only(start_on_cluster: StartSystem, cluster: Postgres) -> None:
    system = start_on_cluster()
    system.put_all(texts("before", 3))
    system.settle()
    set_read_only(cluster, "on")
    eventually(lambda: not system.parts()["postgres"]["ok"], "/readyz reports it", 30)
    answers = [system.put(*each) for each in texts("during", 3).items()]
    assert {answer and answer.status_code for answer in answers} == {503}
    assert system.search("dries in minutes")["hits"]
    assert_refused(system, answers[-1], "database-read-only", "read_only")
    set_read_only(cluster, "off")
    eventually(lambda: bool(system.parts()["postgres"]["ok"]), "/readyz reports the end", 40)
    system.put_all(texts("during", 10))
    system.settle()
    system.assert_invariants()


def set_read_only(cluster: Postgres, value: str) -> None:
    """Change the mode of all new transactions of the server."""
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}".encode())
        connection.execute("SELECT pg_reload_conf()")


def worker_state(system: System) -> str:
    return str(system.parts()["worker"]["detail"])


def assert_refused(
    system: System, answer: httpx.Response | None, problem: str, reason: str
) -> None:
    """Check that a refused write, /readyz and /metrics say why, and that reads go on."""
    assert answer is not None
    assert answer.json()["type"] == f"urn:inkdex:{problem}"
    assert int(answer.headers["retry-after"]) >= 10
    ready = system.client().get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["ready"] is True
    assert ready.json()["postgres"]["state"] == reason
    page = samples(system.client().get("/metrics").text)
    assert value(page, "inkdex_writes_refused", {"reason": reason}) == 1
    assert value(page, "inkdex_up", {"part": "postgres"}) == 1


def test_postgres_accepts_no_more_connections(
    start_on_cluster: StartSystem, cluster: Postgres
) -> None:
    system = start_on_cluster()
    system.put_all(texts("before", 3))
    system.settle()
    with ExitStack() as crowd:
        _take_every_connection(cluster.url, crowd)
        answers = [system.put(*each) for each in texts("during", 3).items()]
        assert {answer and answer.status_code for answer in answers} == {503}
        eventually(lambda: system.client().get("/readyz").status_code == 503, "not ready")
    eventually(lambda: system.client().get("/readyz").status_code == 200, "ready", 20)
    system.put_all(texts("during", 10))
    system.settle()
    system.assert_invariants()
    assert all(worker.starts == 1 and worker.alive for worker in system.workers)


def _take_every_connection(url: str, crowd: ExitStack) -> None:
    """End all other connections, and open new ones before their owners reconnect."""
    first = crowd.enter_context(psycopg.connect(url, autocommit=True))
    while True:
        others = first.execute(OTHERS_OUT).rowcount
        try:
            crowd.enter_context(psycopg.connect(url, application_name="crowd"))
        except psycopg.OperationalError:
            if not others:
                return


def test_all_postgres_connections_are_cut(system: System) -> None:
    system.put_all(texts("before", 3))
    system.settle()
    for n in range(3):
        system.database.do(OTHERS_OUT)
        # Requests under way may be refused; later ones may not.
        eventually(lambda n=n: _accepted(system, f"probe-{n}"), "a write is accepted", 5)  # type: ignore[misc]
        system.put_all(texts(f"during-{n}", 5))
    system.settle()
    system.assert_invariants()


def _accepted(system: System, id_: str) -> bool:
    response = system.put(id_, "After the cut.")
    return response is not None and response.is_success
