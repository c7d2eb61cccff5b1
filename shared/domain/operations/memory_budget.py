"""The memory that the bodies of all requests may take together."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.errors import TooBusy

FREE_BYTES = 64 * 1024
"""Bodies and answers of at most this size do not count. So large ones keep out no small ones."""


class MemoryBudget:
    """Lends memory to bodies as they arrive."""

    def __init__(self, max_bytes: int) -> None:
        self._free = max_bytes

    @contextmanager
    def loan(self) -> Iterator["MemoryLoan"]:
        """Give the memory of one body, and take it back at the end of the block."""
        loan = MemoryLoan(self)
        try:
            yield loan
        finally:
            loan.resize(0)

    def take(self, size: int) -> None:
        """Lend memory, or take it back if `size` is negative; raises TooBusy."""
        if size > self._free:
            raise TooBusy("Too many large bodies are arriving.")
        self._free -= size


class MemoryLoan:
    """The memory of one body."""

    def __init__(self, budget: MemoryBudget) -> None:
        self._budget = budget
        self._size = 0

    def resize(self, size: int) -> None:
        """Hold `size` bytes; raises TooBusy."""
        counted = size if size > FREE_BYTES else 0
        self._budget.take(counted - self._size)
        self._size = counted
