"""The lines for chat models in Redis, shared by all API processes.

A line has tickets, which are random, and no text.
"""

import asyncio
from contextlib import suppress
from hashlib import sha256
from typing import Any

from shared.adapters.redis.timed_client import RedisUnavailable, TimedRedis
from shared.config import Settings
from shared.domain.errors import ChatQueueUnavailable
from shared.ports.chat_queue import KEEP_SECONDS

PREFIX = "inkdex:chat1:"
"""Another layout of lines needs another prefix."""
TIMEOUT_SECONDS = 1.0

_DROP_LOST = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local keep = tonumber(ARGV[1])
local function drop(from, to)
  for _, lost in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], from, to)) do
    redis.call('ZREM', KEYS[1], lost)
    redis.call('ZREM', KEYS[2], lost)
  end
end
drop('-inf', now - keep)
drop(now + keep, '+inf') -- the clock was set back
"""
"""KEYS: the tickets in order, and the time at which each was last renewed. ARGV[1]: KEEP in ms."""

_RENEW = """
redis.call('ZADD', KEYS[2], now, ARGV[2])
redis.call('PEXPIRE', KEYS[1], 2 * keep)
redis.call('PEXPIRE', KEYS[2], 2 * keep)
"""

PLACE = f"""{_DROP_LOST}
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) then
  local function tenant_of(ticket) return string.match(ticket, '@(.*)$') or '' end
  local slots, mine = tonumber(ARGV[4]), tenant_of(ARGV[2])
  local line = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  local number, counts, last, largest = 0, {{}}, {{}}, ''
  for i = 1, #line, 2 do
    local tenant = tenant_of(line[i])
    if i <= 2 * slots then
      number = tonumber(line[i + 1])
    else
      counts[tenant], last[tenant] = (counts[tenant] or 0) + 1, line[i]
      if counts[tenant] > (counts[largest] or 0) then largest = tenant end
      if tenant == mine then number = math.max(number, tonumber(line[i + 1])) end
    end
  end
  if #line / 2 >= tonumber(ARGV[3]) then
    if (counts[largest] or 0) <= (counts[mine] or 0) + 1 then return false end
    redis.call('ZREM', KEYS[1], last[largest])
    redis.call('ZREM', KEYS[2], last[largest])
  end
  redis.call('ZADD', KEYS[1], number + 1, ARGV[2])
end
{_RENEW}
return redis.call('ZRANK', KEYS[1], ARGV[2])
"""
HOLD = f"""{_DROP_LOST}
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or 0
  redis.call('ZADD', KEYS[1], first - 1, ARGV[2])
end
{_RENEW}
return 1
"""
LEAVE = "redis.call('ZREM', KEYS[1], ARGV[2]) return redis.call('ZREM', KEYS[2], ARGV[2])"
TICKETS = f"{_DROP_LOST} return redis.call('ZRANGE', KEYS[1], 0, -1)"


class RedisChatQueue:
    """Implements `shared.ports.chat_queue.ChatQueue` by the time of Redis.

    The commands of a process run one after the other, and one that has begun is completed, so that
    a ticket never enters the line after it has left.
    """

    def __init__(self, settings: Settings) -> None:
        self._server = ",".join(settings.chat_hosts)
        self._slots = settings.answers_at_a_time
        self._room = self._slots + settings.chat_queue_max
        self._client = TimedRedis(settings, TIMEOUT_SECONDS, "chat_queue.unavailable")
        self._turn = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()

    async def place(self, model: str, ticket: str) -> int | None:
        found: int | None = await self._run(PLACE, model, ticket, self._room, self._slots)
        return found

    async def hold(self, model: str, ticket: str) -> None:
        await self._run(HOLD, model, ticket)

    async def leave(self, model: str, ticket: str) -> None:
        with suppress(ChatQueueUnavailable):  # then the ticket is lost soon
            await self._run(LEAVE, model, ticket)

    async def tickets(self, model: str) -> list[str]:
        found: list[bytes] = await self._run(TICKETS, model)
        return [ticket.decode() for ticket in found]

    async def close(self) -> None:
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._client.close()

    async def _run(self, script: str, model: str, *arguments: str | int) -> Any:  # noqa: ANN401 - Redis's answer
        """Return the answer to a script; raises ChatQueueUnavailable."""
        command = asyncio.create_task(self._ask(script, model, arguments))
        self._running.add(command)
        command.add_done_callback(self._forget)
        return await asyncio.shield(command)

    def _forget(self, command: asyncio.Task[Any]) -> None:
        self._running.discard(command)
        if not command.cancelled():
            command.exception()  # the caller may have gone, and nobody else reads it

    async def _ask(self, script: str, model: str, arguments: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - Redis's answer
        keys = self._keys(model)
        async with self._turn:
            try:
                return await self._client.ask(
                    "EVAL", script, len(keys), *keys, int(KEEP_SECONDS * 1000), *arguments
                )
            except RedisUnavailable as error:
                raise ChatQueueUnavailable from error

    def _keys(self, model: str) -> tuple[str, str]:
        """Return the names of a line. Several systems may share one Redis, but not the model."""
        line = PREFIX + sha256(f"{self._server}\0{model}".encode()).hexdigest()[:32]
        return f"{line}:order", f"{line}:renewed"
