"""The server that reads a query and texts together, and says how well each text answers."""

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    hits_max: int
    """How many of the best hits it scores."""
    batch_max: int
    """How many texts it scores at once. A score counts when its batch is complete."""

    async def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """Return a score per text, in order; higher is better. Raises RerankerUnavailable."""
