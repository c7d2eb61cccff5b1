"""What one request spends of the limits of its key, and the headers that say so.

The headers are those of draft-ietf-httpapi-ratelimit-headers.
"""

import asyncio
import math
from collections.abc import Iterable
from typing import Annotated

from fastapi import Depends, Request

from api.services import Services
from shared.domain.access.limits import Limits, Unit
from shared.domain.access.principal import Principal
from shared.domain.access.rate_window import WINDOW_SECONDS, Charge, Window, refusal
from shared.domain.access_errors import RateLimited
from shared.domain.models.text_embedding import token_estimate

PORTION_BYTES = 256 * 1024
"""An import asks once for so many bytes."""
SLEEP_MIN_SECONDS = 0.05
SLEEP_MAX_SECONDS = 5.0
"""Limits may be raised while an import waits."""
QUOTA_UNITS = {Unit.BYTES: ';qu="content-bytes"', Unit.TOKENS: ';qu="tokens"'}


class NoSpending:
    """A request without limits."""

    async def tokens(self, texts: Iterable[str]) -> None:
        """Spend the tokens of texts; raises RateLimited."""


class Spending(NoSpending):
    """A request of a limited key."""

    def __init__(self, inkdex: Services, caller: Principal) -> None:
        self._inkdex = inkdex
        self._tenant = caller.tenant
        self._key = f"{caller.tenant.name}/{caller.key}"
        self._windows: dict[Unit, Window] = {}
        self._refused: dict[Unit, float] = {}
        """The seconds until the refused request may be sent again."""

    async def begin(self, body_bytes: int) -> None:
        """Spend a request and its body; raises RateLimited."""
        costs = {Unit.REQUESTS: 1, Unit.BYTES: body_bytes, Unit.TOKENS: 0}
        limits = await self._limits()
        await self._spend([Charge(unit, limits.of(unit), costs[unit]) for unit in limits.set_units])

    async def tokens(self, texts: Iterable[str]) -> None:
        if limit := (await self._limits()).tokens_per_minute:
            pauses, cost = self._inkdex.long_work.pauses(), 0
            for text in texts:
                cost += token_estimate(text)
                await pauses.pause()
            await self._spend([Charge(Unit.TOKENS, limit, cost)])

    async def bytes(self, size: int) -> None:
        """Spend bytes that have come; raises RateLimited."""
        if limit := (await self._limits()).bytes_per_minute:
            await self._spend([Charge(Unit.BYTES, limit, size)])

    async def bytes_in_time(self, size: int) -> None:
        """Spend bytes that have come, and wait until that is possible."""
        while size > 0 and (limit := (await self._limits()).bytes_per_minute):
            part = min(size, limit, PORTION_BYTES)
            refused = await self._refusal([Charge(Unit.BYTES, limit, part)])
            if refused:
                await asyncio.sleep(min(SLEEP_MAX_SECONDS, refused.seconds or SLEEP_MIN_SECONDS))
            else:
                size -= part

    def headers(self) -> dict[str, str]:
        """Return what the response tells of the limits, if there still are any."""
        if not self._windows:
            return {}
        return {
            "RateLimit-Policy": ", ".join(
                f'"{unit}";q={window.limit}{QUOTA_UNITS.get(unit, "")};w={WINDOW_SECONDS}'
                for unit, window in self._windows.items()
            ),
            "RateLimit": ", ".join(
                f'"{unit}";r={window.left};t={self._restored_in(unit)}'
                for unit, window in self._windows.items()
            ),
        }

    async def _limits(self) -> Limits:
        return (await self._inkdex.allowances.of(self._tenant)).limits

    async def _spend(self, charges: list[Charge]) -> None:
        refused = await self._refusal(charges)
        if refused:
            self._refused = {Unit(refused.unit): refused.seconds or 0.0}
            self._inkdex.metrics.rate_limited(self._tenant.name, refused.unit)
            raise refused

    async def _refusal(self, charges: list[Charge]) -> RateLimited | None:
        """Spend the charges, or return why that is not possible now."""
        taken = await self._inkdex.limiter.take(self._key, charges)
        for charge, window in zip(charges, taken.windows, strict=True):
            self._windows[charge.unit] = window
        return None if taken.admitted else refusal(charges, taken.windows)

    def _restored_in(self, unit: Unit) -> int:
        """Return the seconds until all is restored, or what Retry-After says."""
        return math.ceil(self._refused.get(unit, self._windows[unit].restored_in))


UNLIMITED = NoSpending()


async def spending(request: Request) -> NoSpending:
    found: NoSpending = getattr(request.state, "spending", UNLIMITED)
    return found


Spends = Annotated[NoSpending, Depends(spending)]
