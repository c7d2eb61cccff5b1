from hypothesis import given
from hypothesis import strategies as st

from shared.domain.resilience.retry import RetryPolicy


@given(
    st.integers(1, 20), st.floats(0.01, 10), st.floats(10, 100), st.floats(0, 1, exclude_max=True)
)
def test_delays_grow_within_their_bounds_and_end(
    attempts: int, base: float, cap: float, jitter: float
) -> None:
    policy = RetryPolicy(max_attempts=10, base_seconds=base, cap_seconds=cap)
    delay = policy.delay(attempts, jitter)
    if attempts >= 10:
        assert delay is None
    else:
        step = min(cap, base * 2 ** (attempts - 1))
        assert delay is not None
        assert step / 2 <= delay <= step
