"""A cache of answers in Redis, shared by all API processes, with a short time limit."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from shared.adapters.redis.slot_table import SlotTable
from shared.adapters.redis.timed_client import TimedRedis
from shared.config import Settings
from shared.domain.answers.chat import ChatEnd, EndReason
from shared.ports.chat import CachedAnswer

TIMEOUT_SECONDS = 0.5
"""Little beside the time of an answer."""
PREFIX = "inkdex:answer1:"
"""Another layout of entries needs another prefix."""
ENTRY_MAX_BYTES = 64 * 1024


class RedisAnswerCache:
    """Implements `shared.ports.chat.AnswerCache`. An entry is JSON."""

    def __init__(self, settings: Settings) -> None:
        self._table = SlotTable(
            TimedRedis(settings, TIMEOUT_SECONDS, "answer_cache.unavailable"),
            PREFIX,
            settings.answer_cache_entries,
            settings.answer_cache_keep_hours,
        )

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
        await self._table.close()

    async def _read(self, key: bytes) -> Any:  # noqa: ANN401 - JSON values
        entry = await self._table.get(key)
        return None if entry is None else json.loads(entry)

    async def _write(self, key: bytes, value: object) -> None:
        entry = json.dumps(value).encode()
        if len(key) + len(entry) <= ENTRY_MAX_BYTES:
            await self._table.put(key, entry)
