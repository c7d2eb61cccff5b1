"""The line of questions that wait for a slot of the chat model."""

from dataclasses import dataclass

NEW_WEIGHT = 0.2
"""The weight of the last answer in the average."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A question's place in the line; 1 is the next one. None: nothing was measured yet."""

    place: int
    wait_seconds: float | None


@dataclass(frozen=True, slots=True)
class LineLength:
    """How many answers are generated, and how many questions wait."""

    running: int
    waiting: int


@dataclass(slots=True)
class Pace:
    """The moving average of how long an answer holds its slot."""

    slots: int
    seconds: float | None = None

    def record(self, seconds: float) -> None:
        """Add an answer that was generated to its end."""
        if self.seconds is None:
            self.seconds = seconds
        else:
            self.seconds += NEW_WEIGHT * (seconds - self.seconds)

    def wait(self, place: int) -> float | None:
        """Return the seconds until the question at this place begins, or None if unknown."""
        return None if self.seconds is None else place * self.seconds / self.slots
