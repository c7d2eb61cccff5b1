"""How long a question waits, from what answers took."""

import pytest

from shared.domain.answers.waiting import Pace


def test_nothing_is_known_before_the_first_answer() -> None:
    assert Pace(slots=1).wait(3) is None


def test_a_wait_is_that_of_the_answers_before_it() -> None:
    pace = Pace(slots=2)
    pace.record(4.0)
    assert [pace.wait(place) for place in (1, 2, 3)] == [2.0, 4.0, 6.0]


def test_the_average_follows_the_answers() -> None:
    pace = Pace(slots=1)
    for _ in range(50):
        pace.record(10.0)
    for _ in range(50):
        pace.record(2.0)
    assert pace.wait(1) == pytest.approx(2.0, abs=0.01)
