"""The invariants' checks are themselves checked: each kind of damage is noticed."""

import pytest

from tests.support.sabotage import OWE, SABOTAGE
from tests.support.system import System


@pytest.fixture
def sound(system: System) -> System:
    system.put_all({"victim": "Ink dries in the sun.", "other": "A river of stones."})
    system.settle()
    system.assert_invariants()
    return system


@pytest.mark.parametrize("damage", SABOTAGE)
def test_damage_is_noticed(damage: str, sound: System) -> None:
    sound.database.do(SABOTAGE[damage])
    with pytest.raises(AssertionError):
        sound.assert_invariants()


def test_a_counted_attempt_is_noticed_after_it_is_forgotten(sound: System) -> None:
    sound.database.do(f"{OWE}; UPDATE jobs SET attempts = attempts + 1; DELETE FROM jobs")
    with pytest.raises(AssertionError, match="victim"):
        sound.assert_invariants()
    sound.assert_invariants(blamed=["victim"])
