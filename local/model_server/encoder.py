"""What every model of the server does: it tokenizes texts and embeds them in batches."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Tokens:
    """The token ids of a text, and whether the text was truncated."""

    ids: list[int]
    truncated: bool


class Encoder(ABC):
    """A model, loaded once. Threads can share it."""

    dimensions: int
    context_length: int

    @abstractmethod
    def tokenize(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the token ids of texts, truncated to the context length."""

    @abstractmethod
    def batches(self, tokens: Sequence[Tokens]) -> Iterator[list[int]]:
        """Group texts that are embedded at once. Yield the indices of each group."""

    @abstractmethod
    def embed(self, batch: Sequence[Tokens]) -> Vectors:
        """Return the unit vectors of one batch."""

    @abstractmethod
    def vocabulary(self) -> list[str]:
        """Return the vocabulary as GGUF writes it: U+2581 marks a token that starts a word."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text, in the same order."""
        tokens = self.tokenize(texts)
        vectors = np.empty((len(tokens), self.dimensions), dtype=np.float32)
        for batch in self.batches(tokens):
            vectors[batch] = self.embed([tokens[index] for index in batch])
        return vectors
