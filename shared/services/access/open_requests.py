"""Requests that last, such as streams. They end when the key that they began with does."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psycopg

from shared.domain.access.principal import Principal, lacking
from shared.domain.access_errors import AccessChanged, NoKeysYet, NotAuthenticated
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.errors import InkdexError
from shared.services.access.authenticator import Authenticator, Credentials

CHECK_SECONDS = 0.4


@dataclass(eq=False, slots=True)
class OpenRequest:
    """A request that is being served. `is_answered`: only the rest of its answer is to be sent."""

    given: Credentials
    principal: Principal
    block: asyncio.Timeout
    began: float = field(default_factory=time.monotonic)
    is_answered: bool = False
    ended_by: InkdexError | None = None


class OpenRequests:
    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._open: set[OpenRequest] = set()

    @asynccontextmanager
    async def serving(self, given: Credentials, principal: Principal) -> AsyncIterator[OpenRequest]:
        """Raise in the block what ends the request: NotAuthenticated, NoKeysYet, AccessChanged."""
        block = asyncio.timeout(None)
        request = OpenRequest(given, principal, block)
        try:
            async with block:
                self._open.add(request)
                yield request
        except TimeoutError:
            if request.ended_by is None:
                raise
            raise request.ended_by from None
        finally:
            self._open.discard(request)

    async def run(self) -> None:
        """Check the requests that last, until cancelled."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self.check()

    async def check(self) -> None:
        """End the requests whose sender may no longer do what they could at first."""
        since = time.monotonic() - CHECK_SECONDS
        lasting = [each for each in self._open if each.began < since and not each.is_answered]
        reasons: dict[tuple[Credentials, Principal], InkdexError | None] = {}
        for request in lasting:
            question = (request.given, request.principal)
            if question not in reasons:
                reasons[question] = await self._why_it_ends(*question)
            if (reason := reasons[question]) and request in self._open:
                request.ended_by = reason
                request.block.reschedule(asyncio.get_running_loop().time())

    async def _why_it_ends(self, given: Credentials, began_as: Principal) -> InkdexError | None:
        try:
            now = await self._authenticator.principal(given)
        except (NotAuthenticated, NoKeysYet) as error:
            return error
        except (DatabaseUnavailable, psycopg.Error):
            return None  # nothing is read from the database meanwhile
        return None if _includes(now, began_as) else AccessChanged()


def _includes(now: Principal, before: Principal) -> bool:
    return (
        now.tenant == before.tenant
        and now.filter == before.filter
        and now.token_collections == before.token_collections
        and lacking(now.grants, before.grants) is None
    )
