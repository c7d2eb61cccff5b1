"""How long to wait for a server whose speed is learned: short where it is quick."""

from dataclasses import dataclass

MARGIN = 10.0
"""A call may take this many times as long as the last one before it counts as hung."""


@dataclass(slots=True)
class TimeLimit:
    """One of a few limits in seconds, ascending; the longest until a call has succeeded.

    After a time-out the next longer one applies, and after the longest the shortest: a server
    that needs long is given it, and one that hung is asked again soon after it came back.
    """

    limits: tuple[float, ...]
    place: int = -1

    @property
    def seconds(self) -> float:
        """The limit of the next call."""
        return self.limits[self.place]

    def succeeded(self, seconds: float) -> None:
        """Take the shortest limit that leaves a margin over how long a call took."""
        fitting = (n for n, limit in enumerate(self.limits) if limit >= MARGIN * seconds)
        self.place = next(fitting, len(self.limits) - 1)

    def timed_out(self) -> None:
        """Take the next limit."""
        self.place = (self.place % len(self.limits) + 1) % len(self.limits)
