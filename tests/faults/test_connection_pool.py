"""Slow requests never use up the connections to PostgreSQL."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.support import model_faults as p
from tests.support.load import texts
from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.system import TIME_BOX_SECONDS, System
from tests.support.system_fixtures import StartSystem

SMALL_POOL = {"INKDEX_DATABASE_POOL_SIZE": "2"}


def test_searches_waiting_for_the_model_hold_no_connection(
    start_system: StartSystem, proxy: Proxy
) -> None:
    system = start_system(env={**SMALL_POOL, "INKDEX_QUERY_EMBED_BUDGET_SECONDS": "3"})
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


def test_waiting_readers_hold_no_connection(start_system: StartSystem, proxy: Proxy) -> None:
    system = start_system(env=SMALL_POOL)
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


def test_slow_uploads_hold_no_connection(start_system: StartSystem) -> None:
    # One client can run three quarters of the imports: ten.
    system = start_system(env={**SMALL_POOL, "INKDEX_BULK_MAX_STREAMS": "14"})
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
            eventually(lambda: _is_busy(system), "an eleventh upload is refused", 20)
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


def test_every_connection_waits_for_a_lock(start_system: StartSystem) -> None:
    """There are more slow requests than connections: each is answered, and none with a 500."""
    system = start_system(env={**SMALL_POOL, "INKDEX_DATABASE_TIMEOUT_SECONDS": "2"})
    system.put_all(texts("before", 3))
    system.settle()
    reported = threading.Event()

    def write(number: int) -> list[httpx.Response | None]:
        """Write repeatedly: one round of waiting may end just when /readyz is asked."""
        answers = [system.put(f"w-{number}", f"Number {number}.")]
        while not reported.is_set():
            answers.append(system.put(f"w-{number}", f"Number {number}."))
        return answers

    with ThreadPoolExecutor(30) as pool:  # noqa: SIM117 - the lock must end before the pool
        with system.database.connect() as connection, connection.transaction():
            connection.execute("LOCK TABLE documents IN ACCESS EXCLUSIVE MODE")
            writes = [pool.submit(write, number) for number in range(30)]
            try:
                eventually(
                    lambda: system.client().get("/readyz").status_code == 503,
                    "/readyz reports it",
                    30,
                )
                started = time.monotonic()
                assert system.client().get("/livez").status_code == 200
                assert time.monotonic() - started < TIME_BOX_SECONDS
            finally:
                reported.set()
            answers = [answer for each in writes for answer in each.result()]
    assert all(answer is not None and answer.status_code == 503 for answer in answers)
    assert all(answer is not None and answer.headers["retry-after"] for answer in answers)
    system.put_all({f"w-{n}": f"Number {n}." for n in range(30)})
    system.settle()
    system.assert_invariants()
