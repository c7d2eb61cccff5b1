"""Embeds the texts of one request at a time and model, in order of arrival, as Ollama does."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import numpy as np

from local.model_server.encoder import Encoder, Tokens, Vectors
from local.model_server.protocol import RequestError

TOKENIZED_TEXTS = 64  # between two checks whether the client is still connected

IsDisconnected = Callable[[], Awaitable[bool]]


class ClientDisconnectedError(Exception):
    """The client disconnected before its texts were embedded."""


class EmbeddingQueue:
    """Runs one model in a thread, so the event loop stays free for other requests."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lock = asyncio.Lock()  # asyncio.Lock is first in, first out

    async def embed(
        self, texts: Sequence[str], *, truncate: bool, is_disconnected: IsDisconnected
    ) -> tuple[Vectors, int]:
        """Return the vectors and the number of tokens. Raises RequestError for a long text."""
        async with self._lock:
            tokens = await self._tokenize(texts, is_disconnected)
            if not truncate and any(text.truncated for text in tokens):
                raise RequestError(400, "the input length exceeds the context length")
            vectors = np.empty((len(tokens), self._encoder.dimensions), dtype=np.float32)
            for batch in self._encoder.batches(tokens):
                await _check_connection(is_disconnected)
                members = [tokens[index] for index in batch]
                vectors[batch] = await asyncio.to_thread(self._encoder.embed, members)
        return vectors, sum(len(text.ids) for text in tokens)

    async def _tokenize(
        self, texts: Sequence[str], is_disconnected: IsDisconnected
    ) -> list[Tokens]:
        tokens: list[Tokens] = []
        for start in range(0, len(texts), TOKENIZED_TEXTS):
            await _check_connection(is_disconnected)
            part = texts[start : start + TOKENIZED_TEXTS]
            tokens += await asyncio.to_thread(self._encoder.tokenize, part)
        return tokens


async def _check_connection(is_disconnected: IsDisconnected) -> None:
    if await is_disconnected():
        raise ClientDisconnectedError
