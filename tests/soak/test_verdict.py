"""The soak's verdict is itself judged: each kind of damage is found under its own name."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import psycopg
import pytest
from psycopg.rows import DictRow

from tests.soak.ledger import Entry, State, Tally
from tests.soak.verdict import Verdict, judge
from tests.soak.writers import COLLECTION
from tests.support.sabotage import SABOTAGE
from tests.support.system import System

FOUND_AS = {
    "lost": "lost",
    "rewritten": "lost",
    "stale": "stale",
    "unvectored": "stale",
    "pending": "pending",
    "failed": "blamed",
    "orphaned": "orphans",
}


@dataclass
class SmallHouse:
    """What a verdict asks of the house, in front of a system of the fault tests."""

    system: System
    model_url: str

    @property
    def urls(self) -> list[str]:
        return [str(self.system.client().base_url).rstrip("/")]

    def database(self) -> AbstractContextManager[psycopg.Connection[DictRow]]:
        return self.system.database.connect()


@pytest.fixture
def entries(system: System) -> dict[str, Entry]:
    """Two documents that are ready, as their writer knows them."""
    written = {}
    for id_, content in {"victim": "Ink dries in the sun.", "other": "Stones in a river."}.items():
        state = State(None, content, "{}")
        answer = system.client().put(
            f"/v1/documents/{id_}", params={"collection": COLLECTION}, json=state.body()
        )
        assert answer.status_code == 201
        written[id_] = Entry(state, acknowledged=True)
    system.settle()
    return written


def findings(system: System, entries: dict[str, Entry]) -> set[str]:
    verdict = Verdict()
    judge(SmallHouse(system, system.ollama_url), entries, {}, verdict)
    names = ("lost", "stale", "orphans", "blamed", "pending")
    found = {name for name in names if getattr(verdict, name)}
    assert verdict.passes(Tally()) == (not found)
    return found


def test_nothing_is_found_where_nothing_is_wrong(system: System, entries: dict[str, Entry]) -> None:
    assert findings(system, entries) == set()


@pytest.mark.parametrize("damage", SABOTAGE)
def test_damage_is_found(damage: str, system: System, entries: dict[str, Entry]) -> None:
    system.database.do(SABOTAGE[damage])
    assert FOUND_AS[damage] in findings(system, entries)
