"""The orders of searches in Redis, shared by all API processes, for a short time.

An order has keys, scores and offsets of documents, and no text.
"""

import asyncio
import json
import math
import secrets
import struct
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from shared.adapters.redis.timed_client import RedisUnavailable, TimedRedis
from shared.config import Settings
from shared.domain.errors import OrderStoreUnavailable
from shared.domain.search.fusion import Ranked
from shared.domain.search.kept_order import HASH_BYTES, Cursor, KeptHit, KeptOrder
from shared.domain.search.query import Total

PREFIX = "inkdex:order1:"
"""Another layout of entries needs another prefix."""
COUNTER = f"{PREFIX}last"
SLOTS = 100
"""The largest order takes about 120 KB."""
KEEP_SECONDS = 600
"""An order is kept for so long after its last page was read."""
TIMEOUT_SECONDS = 1.0
ID_BYTES = 16

_LENGTH = struct.Struct("<I")
_HIT = struct.Struct(f"<{HASH_BYTES}sqddiidiii")
_MARKS = Ranked(-1, math.nan, math.nan, -1, -1, math.nan, -1, -1, -1)
"""What stands for None in a record."""


class RedisOrderStore:
    """Implements `shared.ports.order_store.OrderStore` in a fixed number of slots.

    An id has the number of its order, which determines the slot, and random bytes. The entry begins
    with the id, so that the order of another search is never returned.
    """

    def __init__(self, settings: Settings) -> None:
        self._client = TimedRedis(settings, TIMEOUT_SECONDS, "order_store.unavailable")

    async def reserve(self) -> bytes:
        number: int = await self._ask("INCR", COUNTER)
        return number.to_bytes(8, "big", signed=True) + secrets.token_bytes(ID_BYTES - 8)

    async def put(self, id_: bytes, order: KeptOrder, hits: Sequence[KeptHit]) -> None:
        packed = await asyncio.to_thread(_packed, order, hits)
        await self._ask("SET", _slot(id_), id_ + packed, "EX", KEEP_SECONDS)

    async def get(self, cursor: Cursor, limit: int) -> tuple[KeptOrder, list[KeptHit]] | None:
        entry: bytes | None = await self._ask("GETEX", _slot(cursor.order), "EX", KEEP_SECONDS)
        if entry is None or not entry.startswith(cursor.order):
            return None
        return _unpacked(memoryview(entry)[ID_BYTES:], cursor.position, limit)

    async def close(self) -> None:
        await self._client.close()

    async def _ask(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 - Redis's answer
        """Return Redis's answer; raises OrderStoreUnavailable."""
        try:
            return await self._client.ask(*command)
        except RedisUnavailable as error:
            raise OrderStoreUnavailable from error


def _slot(id_: bytes) -> str:
    return f"{PREFIX}{int.from_bytes(id_[:8], 'big') % SLOTS}"


def _packed(order: KeptOrder, hits: Sequence[KeptHit]) -> bytes:
    """Return the order as JSON with its length before it, and records of one size behind it."""
    named = asdict(order) | {"request": order.request.hex(), "database": order.database.hex()}
    described = json.dumps(named).encode()
    records = b"".join(_HIT.pack(each.text, *_numbers(each.ranked)) for each in hits)
    return _LENGTH.pack(len(described)) + described + records


def _unpacked(entry: memoryview, position: int, limit: int) -> tuple[KeptOrder, list[KeptHit]]:
    (length,) = _LENGTH.unpack_from(entry)
    first = _LENGTH.size + length
    order = _order(json.loads(bytes(entry[_LENGTH.size : first])))
    records = entry[first:]
    page = records[position * _HIT.size : (position + limit) * _HIT.size]
    return order, [KeptHit(_ranked(numbers), text) for text, *numbers in _HIT.iter_unpack(page)]


def _order(described: dict[str, Any]) -> KeptOrder:
    return KeptOrder(
        **described
        | {
            "request": bytes.fromhex(described["request"]),
            "database": bytes.fromhex(described["database"]),
            "total": Total(**described["total"]),
            "weights": {int(number): each for number, each in described["weights"].items()},
        }
    )


def _numbers(ranked: Ranked) -> list[Any]:
    return [mark if each is None else each for each, mark in zip(ranked, _MARKS, strict=True)]


def _ranked(numbers: Sequence[Any]) -> Ranked:
    fields: list[Any] = [None if _is_mark(number) else number for number in numbers]
    return Ranked(*fields)


def _is_mark(number: float) -> bool:
    return math.isnan(number) if isinstance(number, float) else number == -1
