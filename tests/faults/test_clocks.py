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
from tests.support.system import System
from tests.support.system_fixtures import StartSystem

LONG_CALLS = {"INKDEX_EMBED_TIMEOUT_SECONDS": "30"}
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


def _hold_longer_than_a_lease(
    system: System, proxy: Proxy, holder: Process, other: Process
) -> None:
    """Let one worker embed for longer than a lease, while the other has nothing else to do."""
    held, gate = f"held-by-{holder.name}", Gate("dries")
    # Calls this slow have the longest time limit, so that a request may be held for long.
    proxy.fault = lambda exchange: (gate if gate.holds(exchange) else p.slow(0.6))(exchange)
    other.pause()
    system.put_all(texts(held, 20))
    eventually(gate.reached.is_set, f"{holder.name} embeds", 20)
    other.resume()
    time.sleep(3)  # only renewals keep the other worker away
    gate.opened.set()
    system.settle()
    embedded = [text for batch in proxy.batches for text in batch if held in text]
    assert len(embedded) == len(set(embedded)) == 20, "texts were embedded twice"


@pytest.mark.parametrize("minutes", [-5, 5])
def test_one_worker_has_a_wrong_clock(
    minutes: int, start_system: StartSystem, proxy: Proxy, tmp_path: Path
) -> None:
    """Only the clock of the database matters."""
    (tmp_path / "sitecustomize.py").write_text(CLOCK)
    system = start_system(workers=0)
    shift = {"CLOCK_SHIFT_SECONDS": str(minutes * 60), "PYTHONPATH": str(tmp_path)}
    wrong = system.add_worker(env={**shift, **LONG_CALLS})
    right = system.add_worker(env=LONG_CALLS)
    system.until_up()
    for holder, other in ((wrong, right), (right, wrong)):
        _hold_longer_than_a_lease(system, proxy, holder, other)
        # The holder alone does the work of both.
        other.pause()
        system.put_all(texts(f"without-{other.name}", 5))
        system.settle()
        other.resume()
    assert abs(abs(_seconds_off(wrong)) - 300) < 60, "its clock was not wrong"
    proxy.fault = p.vectors(p.zeros, "POISON")
    system.put("bad", "POISON")
    system.settle()
    system.assert_invariants(failed={"bad": "vector_zero"})
