"""The checks of the invariants detect each kind of damage."""

import pytest

from tests.support.sabotage import ADD_JOB, SABOTAGE
from tests.support.system import System


@pytest.fixture
def sound(system: System) -> System:
    system.put_all({"victim": "Ink dries in the sun.", "other": "A river of stones."})
    system.settle()
    system.assert_invariants()
    return system


@pytest.mark.parametrize("damage", SABOTAGE)
def test_damage_is_detected(damage: str, sound: System) -> None:
    sound.database.do(SABOTAGE[damage])
    with pytest.raises(AssertionError):
        sound.assert_invariants()


def test_a_counted_attempt_is_detected_after_its_job_is_deleted(sound: System) -> None:
    sound.database.do(f"{ADD_JOB}; UPDATE jobs SET attempts = attempts + 1; DELETE FROM jobs")
    with pytest.raises(AssertionError, match="victim"):
        sound.assert_invariants()
    sound.assert_invariants(blamed=["victim"])
