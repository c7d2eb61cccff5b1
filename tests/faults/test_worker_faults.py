"""Workers are killed, stopped and frozen."""

import signal
import threading
from pathlib import Path

import pytest

from local import ports
from tests.support import model_faults as p
from tests.support.load import Writing, texts
from tests.support.model_faults import Gate
from tests.support.processes import eventually, process
from tests.support.proxy import Proxy
from tests.support.system import System
from tests.support.system_fixtures import StartSystem


def test_a_worker_is_killed_during_a_batch(start_system: StartSystem, proxy: Proxy) -> None:
    system = start_system(kept=True)
    proxy.fault = gate = Gate("dries")
    system.put_all(texts("doc", 30))
    assert gate.reached.wait(20)
    worker = system.workers[0]
    for _ in range(3):
        eventually(lambda: system.database.leased() > 0, "a batch is leased", 20)
        starts = worker.starts
        worker.kill()
        eventually(lambda s=starts: worker.starts > s and worker.alive, "it is restarted", 20)  # type: ignore[misc]
    gate.opened.set()
    system.settle()
    system.assert_invariants()


def test_another_worker_takes_over_the_jobs_of_a_killed_one(
    start_system: StartSystem, proxy: Proxy
) -> None:
    system = start_system(workers=2)
    proxy.fault = gate = Gate("dries")
    system.put_all(texts("doc", 30))
    assert gate.reached.wait(20)
    system.workers[0].kill()
    gate.opened.set()
    system.settle()
    system.assert_invariants()


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_during_a_batch_finishes_or_releases_it(
    workers: int, start_system: StartSystem, proxy: Proxy
) -> None:
    system = start_system(
        workers=workers,
        env={"INKDEX_JOB_LEASE_SECONDS": "60", "INKDEX_EMBED_TIMEOUT_SECONDS": "90"},
    )
    proxy.fault = gate = Gate("dries")
    system.put_all(texts("doc", 12))
    assert gate.reached.wait(20)
    eventually(lambda: system.database.leased() > 0, "a batch is leased", 20)
    opening = threading.Timer(1.0, gate.opened.set)
    opening.start()
    took = system.workers[0].terminate()
    opening.join()
    assert took < 12, f"it took {took:.1f} s to stop"
    if workers == 1:
        assert system.database.leased() == 0, "it left leases behind"
        system.add_worker()
    system.settle()
    system.assert_invariants()


def test_sigterm_while_the_model_hangs_stops_the_worker_and_releases_its_leases(
    start_system: StartSystem, proxy: Proxy
) -> None:
    system = start_system(
        env={"INKDEX_JOB_LEASE_SECONDS": "60", "INKDEX_EMBED_TIMEOUT_SECONDS": "90"}
    )
    system.put_all(texts("before", 2))
    system.settle()
    proxy.fault = p.only_embed(p.hang)
    system.put_all(texts("doc", 12))
    eventually(lambda: system.database.leased() > 0, "a batch is leased", 20)
    took = system.workers[0].terminate()
    assert took < 15, f"it took {took:.1f} s to stop"
    assert system.database.leased() == 0, "it left leases behind"
    proxy.heal()
    system.add_worker()
    system.settle()
    system.assert_invariants()


def test_repeated_sigterm_stops_the_worker(system: System) -> None:
    """A second signal interrupts the handler of the first."""
    worker = system.workers[0]
    for _ in range(40):
        worker.child.send_signal(signal.SIGTERM)
    worker.child.wait(15)
    system.put_all(texts("doc", 3))
    system.add_worker()
    system.settle()
    system.assert_invariants()


def test_a_rolling_restart_under_load_loses_nothing(
    start_system: StartSystem,
) -> None:
    system = start_system(workers=2)
    with Writing(system, "load", pause=0.02) as writing:
        for worker in list(system.workers):
            worker.terminate()
            worker.start()
            system.until_alive(worker)
        eventually(lambda: writing.accepted > 60, "60 writes are accepted", 20)
    system.settle()
    system.assert_invariants()


def test_a_worker_resumed_late_overwrites_nothing(start_system: StartSystem, proxy: Proxy) -> None:
    system = start_system(workers=1)
    proxy.fault = gate = Gate("old")
    system.put_all(
        {"edited": "The old text.", "deleted": "The old text, too.", "kept": "An old one."}
    )
    assert gate.reached.wait(20)
    eventually(lambda: system.database.leased() == 3 or len(proxy.texts) >= 3, "all are leased", 20)
    frozen = system.workers[0]
    frozen.pause()
    system.put("edited", "The new text.")
    system.delete("deleted")
    gate.opened.set()
    system.until_alive(system.add_worker())
    system.settle()
    frozen.resume()
    eventually(lambda: system.database.leased() == 0, "its leases are gone", 20)
    system.until_alive(frozen)
    system.put_all({"after": "One more, when it is awake."})
    system.settle()
    system.assert_invariants()


def test_a_worker_touches_its_health_file_without_postgres(tmp_path: Path, redis_url: str) -> None:
    alive = tmp_path / "alive"
    env = {
        "DATABASE_URL": f"postgresql://127.0.0.1:{ports.free_port()}/none",
        "REDIS_URL": redis_url,
        "INKDEX_WORKER_METRICS_PORT": "0",
        "INKDEX_WORKER_HEALTH_FILE": str(alive),
    }
    with process(["-m", "worker"], tmp_path / "worker.log", env):
        eventually(alive.exists, "the worker touches its file", 30, tmp_path / "worker.log")
        first = alive.stat().st_mtime_ns
        eventually(lambda: alive.stat().st_mtime_ns > first, "it touches the file again", 30)
