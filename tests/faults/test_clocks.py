"""The clock of one worker is wrong."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support import model_faults as p
from tests.support.load import texts
from tests.support.model_faults import Gate
from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.server_processes import Process
from tests.support.system_fixtures import StartSystem

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
    """Return how far a worker's clock, by the first line of its log, is from ours."""
    line = next(line for line in worker.log.read_text().splitlines() if '"timestamp"' in line)
    stamped = datetime.fromisoformat(json.loads(line)["timestamp"])
    return (stamped - datetime.now(UTC)).total_seconds()


def _held(proxy: Proxy) -> list[list[str]]:
    """Return the batches of texts that the gate holds, as the model server was asked for them."""
    return [batch for batch in proxy.batches if any("held" in text for text in batch)]


@pytest.mark.parametrize("minutes", [-5, 5])
def test_one_worker_has_a_wrong_clock(
    minutes: int, start_system: StartSystem, proxy: Proxy, tmp_path: Path
) -> None:
    """Only the clock of the database matters."""
    (tmp_path / "sitecustomize.py").write_text(CLOCK)
    system = start_system(workers=0)
    gate = Gate("dries")
    # Calls this slow have the longest time limit, so that a request may be held for long.
    proxy.fault = lambda exchange: (gate if gate.holds(exchange) else p.slow(0.6))(exchange)
    shift = {"CLOCK_SHIFT_SECONDS": str(minutes * 60), "PYTHONPATH": str(tmp_path)}
    wrong = system.add_worker(env={**shift, "INKDEX_EMBED_TIMEOUT_SECONDS": "30"})
    other = system.add_worker(env={"INKDEX_EMBED_TIMEOUT_SECONDS": "30"})
    system.until_up()
    system.put_all(texts("held", 40))
    eventually(lambda: len(_held(proxy)) == 2, "both workers embed", 20)
    time.sleep(3)  # longer than a lease: only renewals keep the other worker away
    gate.opened.set()
    system.settle()
    assert abs(abs(_seconds_off(wrong)) - 300) < 60, "its clock was not wrong"
    held = [text for batch in _held(proxy) for text in batch]
    assert len(held) == len(set(held)), "texts were embedded twice"
    # Each worker alone does the work of both.
    for worker in (other, wrong):
        worker.pause()
        system.put_all(texts(f"without-{worker.name}", 5))
        system.settle()
        worker.resume()
    proxy.fault = p.vectors(p.zeros, "POISON")
    system.put("bad", "POISON")
    system.settle()
    system.assert_invariants(failed={"bad": "vector_zero"})
