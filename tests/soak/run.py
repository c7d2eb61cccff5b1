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

from tests.soak.fault_schedule import Weather
from tests.soak.faults import KINDS, Kind
from tests.soak.ledger import Hot, Tally, merged
from tests.soak.soak_system import POISON, House, running
from tests.soak.verdict import Verdict, judge, pending, table
from tests.soak.writers import Writer

WRITERS = 4
HOT_DOCUMENTS = 5
TWO_AT_ONCE = 0.2
RECOVERY_SECONDS = 60.0
GRACE_SECONDS = 90.0
PROGRESS_SECONDS = 5.0
OWED = """
SELECT j.document_key, j.model_id, j.version FROM jobs j JOIN documents d ON d.key = j.document_key
WHERE j.failed_at IS NULL AND strpos(concat(d.title, d.content), %s) = 0
"""
STILL_OWED = """
SELECT j.* FROM jobs j
JOIN unnest(%s::bigint[], %s::int[], %s::bigint[]) AS was (key, model, version)
    ON j.document_key = was.key AND j.model_id = was.model AND j.version = was.version
WHERE j.failed_at IS NULL
"""


class Soak:
    """The load, the faults and what is known of both."""

    def __init__(self, house: House, seed: int) -> None:
        self._house = house
        self._random = Random(seed)
        self._weather = Weather()
        self._hot = Hot(HOT_DOCUMENTS)
        self._started = time.monotonic()
        self._over = threading.Event()
        self.tally = Tally()
        self.verdict = Verdict()
        self._writers = [
            Writer(n, seed, house, self._weather, self._hot, self.tally) for n in range(WRITERS)
        ]

    def run(self, minutes: float) -> None:
        """Load and faults until the time is over, or Ctrl-C; then calm, and the verdict."""
        progress = threading.Thread(target=self._tell, name="progress", daemon=True)
        progress.start()
        for writer in self._writers:
            writer.start()
        with suppress(KeyboardInterrupt):
            self._storm(self._started + minutes * 60)
        for writer in self._writers:
            writer.stop()
        self._wait_for_calm()
        self._over.set()
        progress.join()
        entries = merged(writer.entries for writer in self._writers)
        judge(self._house, entries, self._hot.entries, self.verdict)

    def _storm(self, until: float) -> None:
        time.sleep(2)
        for faults in self._rounds():
            if time.monotonic() > until:
                return
            name = " + ".join(kind.name for kind in faults)
            seconds = self._strike(faults)
            self._recover(name, "two at once" if len(faults) > 1 else name, seconds)
            self._wait_until_whole(name)
            time.sleep(self._random.uniform(0.5, 3.0))

    def _rounds(self) -> Iterator[Sequence[Kind]]:
        """Yield what to do next: each kind once in a random order, and again."""
        for _ in itertools.count():
            for kind in self._random.sample(KINDS, len(KINDS)):
                other = self._random.choice(KINDS)
                two = self._random.random() < TWO_AT_ONCE and other.part != kind.part
                yield (kind, other) if two else (kind,)

    def _strike(self, faults: Sequence[Kind]) -> float:
        """Let faults begin together and end in turn, the first first; return how long it took."""
        started = time.monotonic()
        with ExitStack() as after:
            for kind in reversed(faults):
                after.enter_context(self._weather.blowing(kind))
                end = kind.begin(self._house, self._random)
                seconds = self._random.uniform(*kind.seconds)
                after.callback(end)
                after.callback(time.sleep, seconds)
        return time.monotonic() - started

    def _recover(self, name: str, row: str, lasted: float) -> None:
        """Wait until nothing that was written before this moment is pending."""
        began = time.monotonic()
        owed = self._owed()
        left: list[dict[str, object]] = owed
        while left and time.monotonic() - began < RECOVERY_SECONDS:
            time.sleep(0.05)
            left = self._still_owed(owed)
        took = time.monotonic() - began
        self.verdict.recoveries.setdefault(row, []).append(took)
        _say(
            f"{self._clock()}  {name}: {lasted:.1f} s, recovered {took:.1f} s after it"
            f" ({len(owed)} were pending)"
        )
        if left:
            self.verdict.stuck.append(f"after {name}: {len(left)} of {len(owed)}, as {left[0]}")

    def _wait_until_whole(self, name: str) -> None:
        """Wait for processes that are still starting: faults come one at a time, mostly."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while not self._house.whole():
            if time.monotonic() > deadline:
                self.verdict.stuck.append(f"after {name}: not every process came back")
                return
            time.sleep(0.2)

    def _owed(self) -> list[dict[str, object]]:
        while True:
            with suppress(psycopg.OperationalError), self._house.database() as connection:
                return connection.execute(OWED, (POISON,)).fetchall()
            time.sleep(0.05)

    def _still_owed(self, owed: Sequence[dict[str, object]]) -> list[dict[str, object]]:
        columns = [[row[name] for row in owed] for name in ("document_key", "model_id", "version")]
        with suppress(psycopg.OperationalError), self._house.database() as connection:
            return connection.execute(STILL_OWED, columns).fetchall()
        return list(owed)

    def _wait_for_calm(self) -> None:
        """Wait until nothing is pending, poison included, for as long as the grace lasts."""
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and pending(self._house):
            time.sleep(0.2)

    def _tell(self) -> None:
        while not self._over.wait(PROGRESS_SECONDS):
            counts = self.tally.counts
            try:
                owed: object = pending(self._house)
            except psycopg.OperationalError:
                owed = "?"
            _say(
                f"{self._clock()}  {counts['accepted']} writes, {counts['search answered']}"
                f" searches, {owed} pending, {len(self.tally.wrong)} wrong answers;"
                f" now: {self._weather.now()}"
            )

    def _clock(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        return f"{minutes:>3}:{seconds:02}"


def soak(minutes: float, seed: int, folder: Path) -> bool:
    """Run one soak in `folder`; return whether all is well."""
    _say(f"soak of {minutes:g} minutes with seed {seed}; logs in {folder}")
    with running(folder) as house:
        run = Soak(house, seed)
        run.run(minutes)
        deaths = house.own_deaths
    _say("\n".join(["", table(run.verdict, run.tally), *deaths]))
    passed = run.verdict.passes(run.tally)
    _say(f"\n{'passed' if passed else 'FAILED'}: --minutes {minutes:g} --seed {seed}")
    return passed


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
