"""The API's client of Ollama's chat route. Ollama's own client cannot send `truncate`."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import httpx

from shared.adapters.ollama.chat_failures import (
    Failure,
    failure_of_line,
    failure_of_status,
    unreachable,
)
from shared.adapters.ollama.chat_records import (
    check_chats,
    context_of,
    digest_of,
    end_of,
    is_listed,
    parsed,
    piece_of,
    request_body,
)
from shared.adapters.ollama.client import AsyncClient, client_options
from shared.config import Settings
from shared.domain.answers.chat import ChatCard, ChatEnd, ChatRequest
from shared.domain.model_errors import ChatUnavailable
from shared.domain.reasons import ChatFailure

CARD_SECONDS = 5.0
LINE_MAX_BYTES = 1024 * 1024
CARD_MAX_BYTES = 64 * 1024 * 1024
"""A description may hold a vocabulary."""
PIECES_PER_TOKEN = 4
CHARACTERS_PER_TOKEN = 64
"""A server that sends more of either does not stop at the limit that it was given."""


class OllamaChat:
    """Implements `shared.ports.chat.ChatModel`."""

    def __init__(self, settings: Settings, address: str) -> None:
        self._first_seconds = settings.chat_first_token_seconds
        self._seconds = settings.chat_token_seconds
        self._keep_alive = settings.chat_keep_alive
        self._client = AsyncClient(address, **client_options(settings.chat_first_token_seconds))
        self._cards: dict[str, ChatCard] = {}

    async def card(self, model: str) -> ChatCard:
        """Return the description. The digest is asked for each time, because answers depend on it.

        What else it says is read once for each digest. A server that lists no digest may still
        have the model: its description says so.
        """
        with _translated():
            async with asyncio.timeout(CARD_SECONDS):
                digest = digest_of(await self._json("GET", "/api/tags", model), model)
                known = self._cards.get(model)
                if known is None or known.digest != digest:
                    known = await self._read_card(model, digest)
        if len(self._cards) > 100:
            self._cards.clear()
        self._cards[model] = known
        return known

    async def chat(self, request: ChatRequest) -> AsyncGenerator[str | ChatEnd]:
        pieces_left = PIECES_PER_TOKEN * request.max_tokens
        characters_left = CHARACTERS_PER_TOKEN * (request.max_tokens + 1)
        async with self._answer(request) as lines:
            async for line in lines:
                pieces_left -= 1
                record = parsed(line)
                if error := record.get("error"):
                    raise failure_of_line(str(error), request.model)
                piece = piece_of(record)
                characters_left -= len(piece)
                if pieces_left < 0 or characters_left < 0:
                    raise ChatUnavailable(ChatFailure.BAD_ANSWER)
                if piece:
                    yield piece
                if record.get("done"):
                    yield end_of(record)
                    return
        raise ChatUnavailable(ChatFailure.INTERRUPTED)

    async def is_loaded(self, model: str) -> bool:
        with _translated():
            async with asyncio.timeout(CARD_SECONDS):
                return is_listed(await self._json("GET", "/api/ps", model), model)

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]

    @asynccontextmanager
    async def _answer(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[str]]:
        """Ask, and give the lines of the answer. Leaving the block closes the connection."""
        until = _in(self._first_seconds)
        body = request_body(request, self._keep_alive)
        asked = self._client.stream("POST", "/api/chat", body)
        with _translated():
            async with AsyncExitStack() as stack:
                async with asyncio.timeout_at(until):
                    response = await stack.enter_async_context(asked)
                    if response.status_code != 200:
                        raise await self._failure(response, request.model)
                yield self._lines(response, until)

    async def _failure(self, response: httpx.Response, model: str) -> Failure:
        self._cards.pop(model, None)
        text = (await _limited(response, LINE_MAX_BYTES)).decode(errors="replace")
        return failure_of_status(response.status_code, text, model)

    async def _lines(self, response: httpx.Response, until: float) -> AsyncIterator[str]:
        """Yield the lines; raises TimeoutError if the first or the next one takes too long."""
        held = b""
        pieces = response.aiter_bytes()
        while True:
            async with asyncio.timeout_at(until):
                piece = await anext(pieces, None)
            if piece is None:
                break
            *lines, held = (held + piece).split(b"\n")
            for line in filter(bytes.strip, lines):
                yield line.decode(errors="replace")
                until = _in(self._seconds)
            if len(held) > LINE_MAX_BYTES:
                raise ChatUnavailable(ChatFailure.BAD_ANSWER)
        if held.strip():
            yield held.decode(errors="replace")

    async def _read_card(self, model: str, digest: str) -> ChatCard:
        shown = await self._json("POST", "/api/show", model, {"model": model})
        check_chats(shown, model)
        return ChatCard(model, digest, context_of(shown))

    async def _json(
        self, method: str, path: str, model: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        async with self._client.stream(method, path, body) as response:
            read = await _limited(response, CARD_MAX_BYTES)
        if response.status_code != 200:
            raise failure_of_status(response.status_code, read.decode(errors="replace"), model)
        try:
            value = json.loads(read)
        except ValueError as error:
            raise ChatUnavailable(ChatFailure.BAD_ANSWER) from error
        if not isinstance(value, dict):
            raise ChatUnavailable(ChatFailure.BAD_ANSWER)
        return value


@contextmanager
def _translated() -> Iterator[None]:
    """Raise ChatUnavailable for a connection that fails or takes too long."""
    try:
        yield
    except TimeoutError:
        raise ChatUnavailable(ChatFailure.TIMEOUT) from None
    except httpx.HTTPError as error:
        raise unreachable(error) from error


def _in(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def _limited(response: httpx.Response, most: int) -> bytearray:
    read = bytearray()
    async for piece in response.aiter_bytes():
        read += piece
        if len(read) > most:
            raise ChatUnavailable(ChatFailure.BAD_ANSWER)
    return read
