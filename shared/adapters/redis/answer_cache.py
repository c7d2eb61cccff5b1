"""A cache of answers in Redis, shared by all API processes, with a short time limit."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from shared.adapters.redis.timed_client import RedisUnavailable, TimedRedis
from shared.config import Settings
from shared.domain.answers.chat import ChatEnd, EndReason
from shared.ports.chat import CachedAnswer

TIMEOUT_SECONDS = 0.5
"""Little beside the time of an answer."""
PREFIX = "inkdex:answer1:"
"""Another layout of entries needs another prefix."""
ENTRY_MAX_BYTES = 64 * 1024


class RedisAnswerCache:
    """Implements `shared.ports.chat.AnswerCache` in a fixed number of slots.

    A new entry replaces the one in its slot. Each slot holds the whole hash before the entry, so
    that the answer of another question is never returned. While Redis is down or slow, nothing is
    found and a breaker limits the attempts.
    """

    def __init__(self, settings: Settings) -> None:
        self._slots = settings.answer_cache_entries
        self._keep_seconds = int(settings.answer_cache_keep_hours * 3600)
        self._client = TimedRedis(settings, TIMEOUT_SECONDS, "answer_cache.unavailable")

    async def get(self, key: bytes) -> CachedAnswer | None:
        entry = await self._read(key)
        if not isinstance(entry, dict):
            return None
        end = entry.pop("end")
        return CachedAnswer(end=ChatEnd(**end | {"reason": EndReason(end["reason"])}), **entry)

    async def put(self, key: bytes, answer: CachedAnswer) -> None:
        await self._write(key, asdict(answer))

    async def get_texts(self, key: bytes) -> Sequence[str]:
        entry = await self._read(key)
        return entry if isinstance(entry, list) else []

    async def put_texts(self, key: bytes, texts: Sequence[str]) -> None:
        await self._write(key, list(texts))

    async def close(self) -> None:
        await self._client.close()

    async def _read(self, key: bytes) -> Any:  # noqa: ANN401 - JSON values
        stored = await self._ask("GET", key)
        if not isinstance(stored, bytes) or not stored.startswith(key):
            return None
        return json.loads(stored[len(key) :])

    async def _write(self, key: bytes, entry: object) -> None:
        packed = key + json.dumps(entry).encode()
        if len(packed) <= ENTRY_MAX_BYTES:
            await self._ask("SET", key, packed, "EX", self._keep_seconds)

    async def _ask(self, command: str, key: bytes, *arguments: str | bytes | int) -> object:
        """Return Redis's answer about a key's slot, or None if there is none."""
        if not self._slots:
            return None
        try:
            answer: object = await self._client.ask(command, self._slot(key), *arguments)
        except RedisUnavailable:
            return None
        return answer

    def _slot(self, key: bytes) -> str:
        return f"{PREFIX}{int.from_bytes(key[:8], 'big') % self._slots}"
