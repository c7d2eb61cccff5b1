"""The server that reads a query and texts together, and says how well each text answers."""

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    async def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """Return a score per text, in order; higher is better. Raises RerankerUnavailable."""
