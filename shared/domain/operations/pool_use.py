"""How much of a pool of connections is in use."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PoolUse:
    """The connections of a pool, and the work that waits for one."""

    used: int
    idle: int
    waiting: int
