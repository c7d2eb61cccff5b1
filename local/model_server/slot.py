"""One request's texts at a time, first come, first served, as in Ollama's embedding runner."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import numpy as np

from local.model_server.encoder import DIMENSIONS, Encoder, Tokens, Vectors, batches
from local.model_server.protocol import RequestError

TOKENIZED_TEXTS = 64  # between two looks at whether the client is still there


class ClientGoneError(Exception):
    """The client hung up; nobody is left to embed for."""


class Slot:
    """The encoder in a thread, so that the event loop can answer everybody else."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._turn = asyncio.Lock()  # wakes its waiters in the order they came

    async def embed(
        self, texts: Sequence[str], *, truncate: bool, gone: Callable[[], Awaitable[bool]]
    ) -> tuple[Vectors, int]:
        """Return the texts' vectors and how many tokens they took."""
        async with self._turn:
            tokens = await self._tokenize(texts, gone)
            if not truncate and any(text.was_cut for text in tokens):
                raise RequestError(400, "the input length exceeds the context length")
            vectors = np.empty((len(tokens), DIMENSIONS), dtype=np.float32)
            for batch in batches(tokens):
                await _stop_if(gone)
                members = [tokens[index] for index in batch]
                vectors[batch] = await asyncio.to_thread(self._encoder.embed, members)
        return vectors, sum(len(text.ids) for text in tokens)

    async def _tokenize(
        self, texts: Sequence[str], gone: Callable[[], Awaitable[bool]]
    ) -> list[Tokens]:
        tokens: list[Tokens] = []
        for start in range(0, len(texts), TOKENIZED_TEXTS):
            await _stop_if(gone)
            part = texts[start : start + TOKENIZED_TEXTS]
            tokens += await asyncio.to_thread(self._encoder.tokenize, part)
        return tokens


async def _stop_if(gone: Callable[[], Awaitable[bool]]) -> None:
    if await gone():
        raise ClientGoneError
