"""The verdict of a soak finds each kind of damage, under its own name."""

from functools import partial

import pytest

from tests.soak.ledger import Entry, State, Tally
from tests.soak.requests import COLLECTION
from tests.soak.verdict import Verdict, judge
from tests.support.processes import eventually
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
    "uncounted": "miscounted",
}


@pytest.fixture
def entries(system: System) -> dict[str, Entry]:
    """Two ready documents, as their writer knows them."""
    written = {}
    for id_, content in {"victim": "Ink dries in the sun.", "other": "Stones in a river."}.items():
        state = State(None, content, "{}")
        # The first tests of a run start many processes at once, and no connection may be free.
        eventually(partial(is_written, system, id_, state), f"{id_} is written")
        written[id_] = Entry(state, acknowledged=True)
    system.settle()
    return written


def is_written(system: System, id_: str, state: State) -> bool:
    answer = system.client().put(
        f"/v1/documents/{id_}", params={"collection": COLLECTION}, json=state.body()
    )
    return answer.is_success


def findings(system: System, entries: dict[str, Entry]) -> set[str]:
    verdict = Verdict()
    judge(system, entries, {}, verdict)
    names = ("lost", "stale", "orphans", "blamed", "pending", "miscounted")
    found = {name for name in names if getattr(verdict, name)}
    assert verdict.passes(Tally()) == (not found)
    return found


def test_an_intact_system_has_no_findings(system: System, entries: dict[str, Entry]) -> None:
    assert findings(system, entries) == set()


@pytest.mark.parametrize("damage", SABOTAGE)
def test_each_damage_is_reported(damage: str, system: System, entries: dict[str, Entry]) -> None:
    (worker,) = system.workers
    worker.stop()  # it would repair some of it
    system.database.do(SABOTAGE[damage])
    assert FOUND_AS[damage] in findings(system, entries)
