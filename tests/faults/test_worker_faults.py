"""Workers and APIs are killed, stopped, frozen, doubled and misled about the time."""

import json
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.adapters.celery.app import EMBED_DOCUMENTS, celery_app
from shared.config import Settings
from tests.faults.conftest import Start
from tests.support import model_faults as p
from tests.support.load import Writing, texts
from tests.support.processes import eventually
from tests.support.proxy import Exchange, Proxy, pass_on
from tests.support.server_processes import Process, Redis
from tests.support.system import System


class Gate:
    """A fault that holds the embeddings of texts with a word until it is opened."""

    def __init__(self, word: str = "") -> None:
        self.word = word
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        held = exchange.path == "/api/embed" and any(self.word in text for text in exchange.texts)
        if held and not self.opened.is_set():
            self.reached.set()
            self.opened.wait(60)
        pass_on(exchange)


def test_a_worker_is_killed_in_mid_batch(start: Start, broker: Redis, proxy: Proxy) -> None:
    broker.start()
    system = start(kept=True)
    proxy.fault = gate = Gate("dries")
    system.put_all(texts("doc", 30))
    assert gate.reached.wait(20)
    worker = system.workers[0]
    for _ in range(3):
        eventually(lambda: system.leased() > 0, "a batch is in hand", 20)
        starts = worker.starts
        worker.kill()
        eventually(lambda s=starts: worker.starts > s and worker.alive, "it is back", 20)  # type: ignore[misc]
    gate.opened.set()
    system.settle()
    system.assert_invariants()


def test_another_worker_takes_over_what_a_killed_one_held(
    start: Start, broker: Redis, proxy: Proxy
) -> None:
    broker.start()
    system = start(workers=2)
    proxy.fault = gate = Gate("dries")
    system.put_all(texts("doc", 30))
    assert gate.reached.wait(20)
    system.workers[0].kill()
    gate.opened.set()
    system.settle()
    system.assert_invariants()


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_in_mid_batch_finishes_it_or_gives_it_back(
    workers: int, start: Start, broker: Redis, proxy: Proxy
) -> None:
    broker.start()
    system = start(
        workers=workers,
        env={"INKDEX_JOB_LEASE_SECONDS": "60", "INKDEX_EMBED_TIMEOUT_SECONDS": "90"},
    )
    proxy.fault = gate = Gate("dries")
    system.put_all(texts("doc", 12))
    assert gate.reached.wait(20)
    eventually(lambda: system.leased() > 0, "a batch is in hand", 20)
    opening = threading.Timer(1.0, gate.opened.set)
    opening.start()
    took = system.workers[0].terminate()
    opening.join()
    assert took < 12, f"it took {took:.1f} s to end"
    if workers == 1:
        assert system.leased() == 0, "it left with leases"
        system.add_worker()
    system.settle()
    system.assert_invariants()


def test_sigterm_while_the_model_hangs_ends_soon_and_leaves_no_lease(
    start: Start, broker: Redis, proxy: Proxy
) -> None:
    broker.start()
    system = start(env={"INKDEX_JOB_LEASE_SECONDS": "60", "INKDEX_EMBED_TIMEOUT_SECONDS": "90"})
    system.put_all(texts("before", 2))
    system.settle()
    proxy.fault = p.only_embed(p.hang)
    system.put_all(texts("doc", 12))
    eventually(lambda: system.leased() > 0, "a batch is in hand", 20)
    took = system.workers[0].terminate()
    assert took < 15, f"it took {took:.1f} s to end"
    assert system.leased() == 0, "it left with leases of a minute"
    proxy.heal()
    system.add_worker()
    system.settle()
    system.assert_invariants()


def test_sigterm_again_and_again_ends_it_as_soon(system: System) -> None:
    """A second signal interrupts the handler of the first."""
    worker = system.workers[0]
    for _ in range(40):
        worker.child.send_signal(signal.SIGTERM)
    worker.child.wait(15)
    system.put_all(texts("doc", 3))
    system.add_worker()
    system.settle()
    system.assert_invariants()


def test_a_rolling_restart_under_load_loses_nothing(start: Start, broker: Redis) -> None:
    broker.start()
    system = start(workers=2)
    with Writing(system, "load", pause=0.02) as writing:
        for worker in list(system.workers):
            worker.terminate()
            worker.start()
            system.until_beating(worker)
        eventually(lambda: writing.accepted > 60, "enough was written", 20)
    system.settle()
    system.assert_invariants()


def test_a_frozen_worker_that_wakes_up_late_overwrites_nothing(
    start: Start, broker: Redis, proxy: Proxy
) -> None:
    broker.start()
    system = start(workers=1)
    proxy.fault = gate = Gate("old")
    system.put_all(
        {"edited": "The old text.", "deleted": "The old text, too.", "kept": "An old one."}
    )
    assert gate.reached.wait(20)
    eventually(lambda: system.leased() == 3 or len(proxy.texts) >= 3, "all are in hand", 20)
    frozen = system.workers[0]
    frozen.pause()
    system.put("edited", "The new text.")
    system.delete("deleted")
    gate.opened.set()
    system.until_beating(system.add_worker())
    system.settle()
    frozen.resume()
    eventually(lambda: system.leased() == 0, "it has let go", 20)
    system.until_beating(frozen)
    system.put_all({"after": "One more, when it is awake."})
    system.settle()
    system.assert_invariants()


def test_an_api_is_killed_between_commit_and_publish(start: Start, broker: Redis) -> None:
    broker.start()
    system = start(apis=2)
    system.put_all(texts("before", 2))
    system.settle()
    broker.pause()
    system.put_all(texts("unpublished", 5))
    system.apis[0].kill()
    broker.resume()
    system.settle()
    system.assert_invariants()


def test_an_api_is_killed_under_load(start: Start, broker: Redis) -> None:
    broker.start()
    system = start(apis=2)
    victim = system.apis[0]
    with Writing(system, "a", 0, 0.002) as on_it, Writing(system, "b", 1, 0.01) as beside:
        for _ in range(2):
            enough = on_it.accepted + 40
            eventually(lambda e=enough: on_it.accepted > e, "enough was written", 30)  # type: ignore[misc]
            victim.kill()
            victim.start()
        enough = beside.accepted + 20
        eventually(lambda: beside.accepted > enough, "the other goes on", 20)
    system.settle()
    system.assert_invariants()


def test_an_api_ends_soon_when_asked_to(start: Start, broker: Redis) -> None:
    broker.start()
    system = start()
    broker.pause()
    system.put_all(texts("late", 3))
    assert system.apis[0].terminate() < 12
    broker.resume()
    system.settle()
    system.assert_invariants()


def test_duplicated_and_stray_messages_embed_nothing_twice(
    start: Start, broker: Redis, proxy: Proxy
) -> None:
    broker.start()
    system = start(workers=2)
    system.put_all(texts("before", 2))
    system.settle()
    proxy.forget()
    app = celery_app(Settings.model_validate({"redis_url": broker.url}))
    for round_ in range(5):
        system.put_all(texts(f"round-{round_}", 10))
        for _ in range(60):
            ids = [f"round-{round_}-0", "no-such-document"]
            app.send_task(EMBED_DOCUMENTS, args=[ids, "interactive"], queue="interactive")
            app.send_task(EMBED_DOCUMENTS, args=[[], "bulk"], queue="bulk")
    app.close()
    system.settle()
    assert sorted(proxy.texts) == sorted(
        text for n in range(5) for text in texts(f"round-{n}", 10).values()
    )
    system.assert_invariants()


def test_messages_that_make_no_sense_end_no_worker(start: Start, broker: Redis) -> None:
    broker.start()
    system = start()
    app = celery_app(Settings.model_validate({"redis_url": broker.url}))
    for args in ([], [["a"], "no-such-lane"], [None, None], [[], "bulk", "more"]):
        app.send_task(EMBED_DOCUMENTS, args=args, queue="interactive")
    app.send_task("no.such.task", queue="bulk")
    app.close()
    system.put_all(texts("after", 5))
    system.settle()
    system.assert_invariants()
    assert system.workers[0].starts == 1


CLOCK = """
import datetime, os, time
shift = float(os.environ["CLOCK_SHIFT_SECONDS"])
real_time, real_time_ns, real_datetime = time.time, time.time_ns, datetime.datetime
time.time = lambda: real_time() + shift
time.time_ns = lambda: real_time_ns() + int(shift * 1e9)

class Kind(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, real_datetime)

class Shifted(real_datetime, metaclass=Kind):
    @classmethod
    def now(cls, tz=None):
        return real_datetime.now(tz) + datetime.timedelta(seconds=shift)

    @classmethod
    def utcnow(cls):
        return real_datetime.utcnow() + datetime.timedelta(seconds=shift)

datetime.datetime = Shifted
"""


def _seconds_off(worker: Process) -> float:
    """How far a worker's clock, by the first line of its log, is off this test's."""
    line = next(line for line in worker.log.read_text().splitlines() if '"timestamp"' in line)
    stamped = datetime.fromisoformat(json.loads(line)["timestamp"])
    return (stamped - datetime.now(UTC)).total_seconds()


@pytest.mark.parametrize("minutes", [-5, 5])
def test_the_clock_of_one_worker_is_off(
    minutes: int, start: Start, broker: Redis, proxy: Proxy, tmp_path: Path
) -> None:
    """Every time that matters is the database's."""
    (tmp_path / "sitecustomize.py").write_text(CLOCK)
    broker.start()
    system = start(workers=0)
    shift = {"CLOCK_SHIFT_SECONDS": str(minutes * 60), "PYTHONPATH": str(tmp_path)}
    off = system.add_worker(env={**shift, "INKDEX_EMBED_TIMEOUT_SECONDS": "30"})
    right = system.add_worker(env={"INKDEX_EMBED_TIMEOUT_SECONDS": "30"})
    system.until_up()
    proxy.fault = gate = Gate("dries")
    system.put_all(texts("held", 40))
    eventually(lambda: len(proxy.batches) >= 3, "both work", 20)
    # Held for longer than a lease: renewals keep the other worker away from it.
    time.sleep(3)
    gate.opened.set()
    system.settle()
    assert abs(abs(_seconds_off(off)) - 300) < 60, "its clock was right"
    assert len(proxy.texts) == len(set(proxy.texts)) + proxy.texts.count(""), "embedded twice"
    # Whoever of them is left does the work of both.
    for worker in (right, off):
        worker.pause()
        system.put_all(texts(f"without-{worker.name}", 5))
        system.settle()
        worker.resume()
    proxy.fault = p.vectors(p.zeros, "POISON")
    system.put("bad", "POISON")
    system.settle()
    system.assert_invariants(failed={"bad": "vector_zero"})
