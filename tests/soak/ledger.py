"""What was written, as its writers know it: the states that the answers allow, by id."""

import json
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.soak.model_server import POISON


class State(NamedTuple):
    """A document's fields. None instead of a state means no document."""

    title: str | None
    content: str
    metadata: str

    @property
    def poison(self) -> bool:
        return POISON in self.content or POISON in (self.title or "")

    def body(self) -> dict[str, Any]:
        """Return the document as a request has it."""
        return {
            "title": self.title,
            "content": self.content,
            "metadata": json.loads(self.metadata),
        }


@dataclass
class Entry:
    """One document of one writer: `state` is known, unless requests went unanswered."""

    state: State | None = None
    unclear: list[State | None] = field(default_factory=list)
    earlier: list[State] = field(default_factory=list)
    acknowledged: bool = False

    @property
    def possible(self) -> list[State | None]:
        return [self.state, *self.unclear]

    def take(self, state: State | None) -> None:
        """Record a write that was answered 2xx."""
        if self.state is not None:
            self.earlier = [*self.earlier[-3:], self.state]
        self.state, self.acknowledged = state, True


@dataclass
class HotEntry:
    """A document that all writers edit at once: the highest answered version wins."""

    version: int = 0
    state: State | None = None
    unclear: list[State | None] = field(default_factory=list)

    @property
    def possible(self) -> list[State | None]:
        return [self.state, *self.unclear]


class HotDocuments:
    """The documents that all writers edit."""

    def __init__(self, count: int) -> None:
        self.entries = {f"hot-{n}": HotEntry() for n in range(count)}
        self._lock = threading.Lock()

    def take(self, id_: str, version: int, state: State) -> None:
        """Record an answered write."""
        with self._lock:
            entry = self.entries[id_]
            if version > entry.version:
                entry.version, entry.state = version, state

    def doubt(self, id_: str, state: State) -> None:
        """Record a write that was not answered."""
        with self._lock:
            self.entries[id_].unclear.append(state)


class Tally:
    """Counts of requests and answers, of all writers."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.quiet_latencies: list[float] = []
        self.wrong: list[str] = []
        self._lock = threading.Lock()

    def count(self, *names: str) -> None:
        with self._lock:
            self.counts.update(names)

    def latency(self, seconds: float, *, quiet: bool) -> None:
        """Record a write's duration; `quiet`: no fault broke the APIs or PostgreSQL."""
        with self._lock:
            self.latencies.append(seconds)
            if quiet:
                self.quiet_latencies.append(seconds)

    def complain(self, complaint: str) -> None:
        """Record a wrong answer."""
        with self._lock:
            self.wrong.append(complaint)


def canonical(metadata: dict[str, Any]) -> str:
    """Return metadata in a form that can be compared."""
    return json.dumps(metadata, sort_keys=True)


def merged(entries: Iterable[dict[str, Entry]]) -> dict[str, Entry]:
    """Return all writers' entries in one."""
    return {id_: entry for part in entries for id_, entry in part.items()}
