"""When the semantic cache switches itself off: if too many of its hits were wrong."""

from dataclasses import dataclass

WRONG_SHARE = 0.01
OBSERVATIONS_MIN = 200
"""Of fewer observations, as many may be wrong as of these."""
OBSERVATIONS_MAX = 2000
"""Then both counts are halved, so that late observations count more."""


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """How many hits were answered again, and how many of those had another answer."""

    observed: int = 0
    wrong: int = 0

    def with_observation(self, *, is_right: bool) -> "ErrorBudget":
        """Return the budget after another observation."""
        observed, wrong = self.observed + 1, self.wrong + (not is_right)
        if observed >= OBSERVATIONS_MAX:
            # Half a wrong one remains a whole one.
            return ErrorBudget(observed // 2, (wrong + 1) // 2)
        return ErrorBudget(observed, wrong)

    @property
    def is_spent(self) -> bool:
        """Whether more than the allowed share were wrong."""
        return self.wrong > WRONG_SHARE * max(self.observed, OBSERVATIONS_MIN)
