"""What keys have sent in the last minute, in Redis, shared by all API processes."""

from collections.abc import Sequence
from itertools import chain

from shared.adapters.redis.timed_client import RedisUnavailable, TimedRedis
from shared.config import Settings
from shared.domain.access.rate_window import (
    SLOT_SECONDS,
    SLOTS,
    WINDOW_SECONDS,
    Charge,
    Taken,
    Window,
)
from shared.domain.access_errors import RateLimitsUnavailable

PREFIX = "inkdex:rate1:"
"""Another layout of entries needs another prefix."""
TIMEOUT_SECONDS = 0.1
SLOT_MS = SLOT_SECONDS * 1000

# Each key is a hash of counts by the number of their slot. A slot of the future is of a clock that
# was set back.
TAKE = f"""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slot, elapsed = math.floor(now / {SLOT_MS}), now % {SLOT_MS} / {SLOT_MS}
local admitted, answer, counts = 1, {{}}, {{}}
for i, key in ipairs(KEYS) do
  local limit, cost, spent = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i]), 0
  for age = 0, {SLOTS} do counts[age] = 0 end
  local stored = redis.call('HGETALL', key)
  for field = 1, #stored, 2 do
    local age, count = slot - stored[field], tonumber(stored[field + 1])
    if age < 0 or age > {SLOTS} then
      redis.call('HDEL', key, stored[field])
    else
      counts[age] = count
      spent = spent + (age == {SLOTS} and count * (1 - elapsed) or count)
    end
  end
  if spent + cost > limit then admitted = 0 end
  for age = 0, {SLOTS} do answer[#answer + 1] = counts[age] end
end
if admitted == 1 then
  for i, key in ipairs(KEYS) do
    if ARGV[2 * i] ~= '0' then
      redis.call('HINCRBY', key, slot, ARGV[2 * i])
      redis.call('PEXPIRE', key, {1000 * (WINDOW_SECONDS + SLOT_SECONDS)})
    end
  end
end
return {{admitted, now % {SLOT_MS}, answer}}
"""


class RedisRateLimits:
    """Implements `shared.ports.rate_limits.RateLimits` by the time of Redis, in one round trip."""

    def __init__(self, settings: Settings) -> None:
        self._client = TimedRedis(settings, TIMEOUT_SECONDS, "rate_limits.unavailable")

    async def take(self, key: str, charges: Sequence[Charge]) -> Taken:
        names = [f"{PREFIX}{key}:{charge.unit}" for charge in charges]
        numbers = chain.from_iterable((charge.limit, charge.cost) for charge in charges)
        try:
            answer = await self._client.ask("EVAL", TAKE, len(names), *names, *numbers)
        except RedisUnavailable as error:
            raise RateLimitsUnavailable from error
        admitted, elapsed_ms, counts = answer
        windows = [
            _window(charge, counts[start : start + SLOTS + 1], elapsed_ms, bool(admitted))
            for charge, start in zip(charges, range(0, len(counts), SLOTS + 1), strict=True)
        ]
        return Taken(bool(admitted), windows)

    async def close(self) -> None:
        await self._client.close()


def _window(charge: Charge, before: list[int], elapsed_ms: int, admitted: bool) -> Window:  # noqa: FBT001
    present, *older = before
    counts = [present + (charge.cost if admitted else 0), *older]
    return Window(charge.limit, counts, elapsed_ms / SLOT_MS)
