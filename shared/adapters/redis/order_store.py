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
from shared.domain.refs import Tenant
from shared.domain.search.fusion import Ranked
from shared.domain.search.kept_order import HASH_BYTES, Cursor, KeptHit, KeptOrder
from shared.domain.search.query import Total

PREFIX = "inkdex:order2:"
"""Another layout of entries needs another prefix."""
INDEX = f"{PREFIX}index"
MOST = 100
"""The largest order takes about 120 KB."""
KEEP_SECONDS = 600
"""An order is kept for so long after its last page was read."""
TIMEOUT_SECONDS = 1.0
ID_BYTES = 16

_NOTE = """
local time = redis.call('TIME')
local now, keep = time[1] + time[2] / 1000000, tonumber(ARGV[1])
local function note()
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - keep)
  redis.call('ZADD', KEYS[1], now, KEYS[2])
  redis.call('EXPIRE', KEYS[1], keep)
end
"""
"""KEYS: the names of all orders by the time of their last use, and one. ARGV[1]: KEEP_SECONDS."""
_PUT = f"""{_NOTE}
redis.call('SET', KEYS[2], ARGV[2], 'EX', keep)
note()
while redis.call('ZCARD', KEYS[1]) > tonumber(ARGV[3]) do
  local counts, oldest, largest = {{}}, {{}}, nil
  for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    local tenant = string.match(name, '^(.*):')
    counts[tenant] = (counts[tenant] or 0) + 1
    oldest[tenant] = oldest[tenant] or name
    if not largest or counts[tenant] > counts[largest] then largest = tenant end
  end
  redis.call('DEL', oldest[largest])
  redis.call('ZREM', KEYS[1], oldest[largest])
end
return 1
"""
_GET = f"""{_NOTE}
local entry = redis.call('GETEX', KEYS[2], 'EX', keep)
if entry then note() end
return entry
"""

_LENGTH = struct.Struct("<I")
_HIT = struct.Struct(f"<{HASH_BYTES}sqddiidiii")
_MARKS = Ranked(-1, math.nan, math.nan, -1, -1, math.nan, -1, -1, -1)
"""What stands for None in a record."""


class RedisOrderStore:
    """Implements `shared.ports.order_store.OrderStore`.

    The name of an entry has the tenant and the random id of the order, so that nobody reads that of
    another search. The number of entries is bounded. Tenants share them equally when they are full.
    """

    def __init__(self, settings: Settings) -> None:
        self._client = TimedRedis(settings, TIMEOUT_SECONDS, "order_store.unavailable")

    async def reserve(self) -> bytes:
        await self._ask("PING")
        return secrets.token_bytes(ID_BYTES)

    async def put(
        self, tenant: Tenant, id_: bytes, order: KeptOrder, hits: Sequence[KeptHit]
    ) -> None:
        packed = await asyncio.to_thread(_packed, order, hits)
        await self._ask("EVAL", _PUT, 2, INDEX, _name(tenant, id_), KEEP_SECONDS, packed, MOST)

    async def get(
        self, tenant: Tenant, cursor: Cursor, limit: int
    ) -> tuple[KeptOrder, list[KeptHit]] | None:
        name = _name(tenant, cursor.order)
        entry: bytes | None = await self._ask("EVAL", _GET, 2, INDEX, name, KEEP_SECONDS)
        return None if entry is None else _unpacked(memoryview(entry), cursor.position, limit)

    async def close(self) -> None:
        await self._client.close()

    async def _ask(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 - Redis's answer
        """Return Redis's answer; raises OrderStoreUnavailable."""
        try:
            return await self._client.ask(*command)
        except RedisUnavailable as error:
            raise OrderStoreUnavailable from error


def _name(tenant: Tenant, id_: bytes) -> str:
    return f"{PREFIX}{tenant.name}:{id_.hex()}"


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
