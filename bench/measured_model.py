"""A model of a server, and the time that its requests take."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.adapters.ollama.client import Client
from shared.adapters.ollama.model_card import context_tokens, wordpiece_vocabulary
from shared.config import get_settings
from shared.domain.embedding.chunks import chunks_of
from shared.domain.models.chunk_size import chunk_room, token_counter
from shared.domain.models.identity import BY_NAME, ModelCard, identify

BATCH = 16

Vectors = NDArray[np.float32]


class MeasuredModel:
    """Embeds as Inkdex does, with the prefixes that the model needs. Raises ResponseError."""

    def __init__(self, client: Client, name: str) -> None:
        self.texts, self.seconds = 0, 0.0
        self.query_seconds: list[float] = []
        self._client = client
        chunk_tokens = get_settings().chunk_tokens
        self._identity = identify(name, BY_NAME, BY_NAME, chunk_tokens=chunk_tokens)
        shown = client.show_all(name)
        card = ModelCard(context_tokens(shown), wordpiece_vocabulary(shown))
        self._count = token_counter(card)
        self._room = chunk_room(chunk_tokens, card, self._identity.document_prefix, self._count)
        self._embed(["loads the model"])

    def chunks(self, title: str | None, content: str) -> list[str]:
        """Return the texts that are embedded for a document."""
        return [each.text for each in chunks_of(title, content, self._room, self._count)]

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        prefixed = [self._identity.document_prefix + text for text in texts]
        started = time.perf_counter()
        parts = [self._embed(prefixed[n : n + BATCH]) for n in range(0, len(texts), BATCH)]
        self.seconds += time.perf_counter() - started
        self.texts += len(texts)
        return np.concatenate(parts)

    def embed_query(self, text: str) -> Vectors:
        started = time.perf_counter()
        (vector,) = self._embed([self._identity.query_prefix + text])
        self.query_seconds.append(time.perf_counter() - started)
        return np.asarray(vector)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        # A text with more tokens than estimated is cut. The worker would halve it instead.
        answer = self._client.embed(self._identity.name, texts, truncate=True)
        return np.array(answer.embeddings, dtype=np.float32)
