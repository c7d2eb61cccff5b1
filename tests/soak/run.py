"""One soak from its seed: load and faults for some minutes, then the verdict."""

import itertools
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from random import Random

import psycopg

from tests.soak.audience import Audience
from tests.soak.backlog import Backlog
from tests.soak.fault_schedule import FaultSchedule
from tests.soak.faults import KINDS, Kind
from tests.soak.ledger import HotDocuments, Tally, merged
from tests.soak.migrator import Migrator
from tests.soak.model_server import POISON
from tests.soak.soak_system import SoakSystem, running
from tests.soak.verdict import Verdict, judge, table
from tests.soak.writers import Writer

WRITERS = 4
HOT_DOCUMENTS = 5
DELIVERING = {"worker", "postgres"}
TWO_AT_ONCE = 0.2
RECOVERY_SECONDS = 60.0
GRACE_SECONDS = 90.0
PROGRESS_SECONDS = 5.0
OWED = """
SELECT j.document_key, j.model_id, j.version FROM jobs j JOIN documents d ON d.key = j.document_key
LEFT JOIN collections c ON c.name = d.collection
WHERE j.failed_at IS NULL AND j.lane <> 'backfill'
  AND j.model_id = coalesce(c.active_model_id,
    (SELECT id FROM embedding_models WHERE state = 'active'))
  AND strpos(concat(d.title, d.content), %s) = 0
"""
"""The jobs of the models that searches use. Jobs of other models, and backfill, may wait as long as
there is other work. The migrator waits for them."""
STILL_OWED = """
SELECT j.* FROM jobs j
JOIN unnest(%s::bigint[], %s::int[], %s::bigint[]) AS was (key, model, version)
    ON j.document_key = was.key AND j.model_id = was.model AND j.version = was.version
WHERE j.failed_at IS NULL
"""


class Soak:
    """The load, the faults and a record of both."""

    def __init__(self, system: SoakSystem, seed: int) -> None:
        self._system = system
        self._random = Random(seed)
        self._faults = FaultSchedule()
        self._hot = HotDocuments(HOT_DOCUMENTS)
        self._started = time.monotonic()
        self._over = threading.Event()
        self.tally = Tally()
        self.verdict = Verdict()
        self._backlog = Backlog(system.database, self._faults)
        shared = (self._faults, self._hot, self._backlog, self.tally)
        self._audience = Audience(system, seed)
        self._repeating = 0
        """The faults so far of parts that deliver to webhooks."""
        self._migrator = Migrator(seed, system.urls, self._faults, self.tally)
        self._writers = [Writer(n, seed, system.urls, *shared) for n in range(WRITERS)]

    def run(self, minutes: float) -> None:
        """Run load and faults until the time is over or Ctrl-C; then wait, and judge."""
        progress = threading.Thread(target=self._report, name="progress", daemon=True)
        progress.start()
        self._backlog.start()
        self._audience.start()
        self._migrator.start()
        for writer in self._writers:
            writer.start()
        with suppress(KeyboardInterrupt):
            self._inject_faults(self._started + minutes * 60)
        for writer in self._writers:
            writer.stop()
        self._migrator.stop()
        self._wait_until_settled()
        self._audience.stop()
        self._over.set()
        progress.join()
        self._backlog.stop()
        entries = merged([*(writer.entries for writer in self._writers), self._migrator.entries])
        judge(self._system, entries, self._hot.entries, self.verdict)
        self._audience.judge(self.verdict, self._repeating)
        self.verdict.require(self.tally)
        self.verdict.counts["on the replica"] = self._system.replica_searches()

    def _inject_faults(self, until: float) -> None:
        time.sleep(2)
        for faults in self._rounds():
            if time.monotonic() > until:
                return
            name = " + ".join(kind.name for kind in faults)
            seconds = self._inject(faults)
            self._recover(name, "two at once" if len(faults) > 1 else name, seconds)
            self._wait_until_up(name)
            time.sleep(self._random.uniform(0.5, 3.0))

    def _rounds(self) -> Iterator[Sequence[Kind]]:
        """Yield the next faults: each kind once in a random order, again and again."""
        for _ in itertools.count():
            for kind in self._random.sample(KINDS, len(KINDS)):
                other = self._random.choice(KINDS)
                two = self._random.random() < TWO_AT_ONCE and other.part != kind.part
                yield (kind, other) if two else (kind,)

    def _inject(self, faults: Sequence[Kind]) -> float:
        """Begin faults together and end them in turn; return how long they lasted."""
        started = time.monotonic()
        with ExitStack() as after:
            for kind in reversed(faults):
                after.enter_context(self._faults.active(kind))
                self._repeating += kind.part in DELIVERING
                end = kind.begin(self._system, self._random)
                seconds = self._random.uniform(*kind.seconds)
                after.callback(end)
                after.callback(time.sleep, seconds)
        return time.monotonic() - started

    def _recover(self, name: str, row: str, lasted: float) -> None:
        """Wait until everything that somebody waits for now has been embedded."""
        began = time.monotonic()
        owed = self._owed()
        left: list[dict[str, object]] = owed
        while left and time.monotonic() - began < RECOVERY_SECONDS:
            time.sleep(0.05)
            left = self._still_owed(owed)
        took = time.monotonic() - began
        self.verdict.recoveries.setdefault(row, []).append(took)
        _print(
            f"{self._clock()}  {name}: {lasted:.1f} s, recovered {took:.1f} s after it"
            f" ({len(owed)} were pending)"
        )
        if left:
            self.verdict.stuck.append(f"after {name}: {len(left)} of {len(owed)}, as {left[0]}")

    def _wait_until_up(self, name: str) -> None:
        """Wait for processes that are still starting before the next fault."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while not self._system.is_up():
            if time.monotonic() > deadline:
                self.verdict.stuck.append(f"after {name}: not every process came back")
                return
            time.sleep(0.2)

    def _owed(self) -> list[dict[str, object]]:
        while True:
            with suppress(psycopg.OperationalError), self._system.database.connect() as connection:
                return connection.execute(OWED, (POISON,)).fetchall()
            time.sleep(0.05)

    def _still_owed(self, owed: Sequence[dict[str, object]]) -> list[dict[str, object]]:
        columns = [[row[name] for row in owed] for name in ("document_key", "model_id", "version")]
        with suppress(psycopg.OperationalError), self._system.database.connect() as connection:
            return connection.execute(STILL_OWED, columns).fetchall()
        return list(owed)

    def _wait_until_settled(self) -> None:
        """Wait until nothing is pending, poison included, or the grace is over."""
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and self._system.database.pending():
            time.sleep(0.2)

    def _report(self) -> None:
        while not self._over.wait(PROGRESS_SECONDS):
            counts = self.tally.counts
            jobs = "?" if self._backlog.count is None else self._backlog.count
            _print(
                f"{self._clock()}  {counts['accepted']} writes, {counts['search answered']}"
                f" searches, {jobs} jobs, {len(self.tally.wrong)} wrong answers;"
                f" now: {self._faults.describe()}"
            )

    def _clock(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        return f"{minutes:>3}:{seconds:02}"


def soak(minutes: float, seed: int, folder: Path) -> bool:
    """Run one soak in `folder`; return whether it passed."""
    _print(f"soak of {minutes:g} minutes with seed {seed}; logs in {folder}")
    with running(folder) as system:
        run = Soak(system, seed)
        run.run(minutes)
        deaths = system.unexpected_deaths
    _print("\n".join(["", table(run.verdict, run.tally), *deaths]))
    passed = run.verdict.passes(run.tally)
    _print(f"\n{'passed' if passed else 'FAILED'}: --minutes {minutes:g} --seed {seed}")
    return passed


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
