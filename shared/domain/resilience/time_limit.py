"""A time limit that follows the speed of a server: short while the server is quick."""

from dataclasses import dataclass

MARGIN = 10.0
"""The limit allows a call to take this many times as long as the last one."""


@dataclass(slots=True)
class TimeLimit:
    """One of several ascending limits in seconds; the longest until a call has succeeded.

    After a timeout the next longer limit applies, which suits a slow server. After the longest
    comes the shortest, which soon notices that a server no longer hangs.
    """

    limits: tuple[float, ...]
    index: int = -1

    @property
    def seconds(self) -> float:
        return self.limits[self.index]

    def succeeded(self, seconds: float) -> None:
        """Use the shortest limit of at least MARGIN times a call's duration, or the longest."""
        sufficient = (n for n, limit in enumerate(self.limits) if limit >= MARGIN * seconds)
        self.index = next(sufficient, len(self.limits) - 1)

    def timed_out(self) -> None:
        """Use the next longer limit, or the shortest after the longest."""
        self.index = (self.index % len(self.limits) + 1) % len(self.limits)
