"""When the semantic cache switches itself off."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.answers.error_budget import OBSERVATIONS_MAX, ErrorBudget


def after(right: int, wrong: int) -> ErrorBudget:
    budget = ErrorBudget()
    for is_right in [True] * right + [False] * wrong:
        budget = budget.with_observation(is_right=is_right)
    return budget


def test_it_is_not_spent_at_the_beginning() -> None:
    assert not ErrorBudget().is_spent
    assert not after(0, 2).is_spent


def test_it_is_spent_above_one_percent() -> None:
    assert after(0, 3).is_spent
    assert not after(1000, 10).is_spent
    assert after(1000, 11).is_spent


def test_late_observations_count_more() -> None:
    assert not after(5 * OBSERVATIONS_MAX, 10).is_spent
    assert after(5 * OBSERVATIONS_MAX, 25).is_spent


@given(st.lists(st.booleans(), max_size=300))
def test_a_right_hit_never_spends_it(observations: list[bool]) -> None:
    budget = ErrorBudget()
    for is_right in observations:
        budget = budget.with_observation(is_right=is_right)
    assert budget.is_spent or not budget.with_observation(is_right=True).is_spent
    assert 0 <= budget.wrong <= budget.observed
