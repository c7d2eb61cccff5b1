"""Searches on a replica that shows what they must see, and else on the primary."""

from collections.abc import Callable

from shared.db.kit.pool import AsyncDatabase
from shared.domain.errors import DatabaseTimeout, DatabaseUnavailable
from shared.domain.search.request import SearchRequest, SearchResult
from shared.ports.meters import ApiMeter
from shared.services.search.replicas import ReadReplicas, Replica
from shared.services.search.service import SearchService

PRIMARY = "primary"


class ReplicatedSearch:
    """Answers searches like SearchService, which it has for each database."""

    def __init__(
        self,
        primary: AsyncDatabase,
        replicas: ReadReplicas,
        search_on: Callable[[AsyncDatabase], SearchService],
        meter: ApiMeter,
    ) -> None:
        self._primary = search_on(primary)
        self._replicas = replicas
        self._searches = {each: search_on(each.database) for each in replicas}
        self._meter = meter

    async def search(self, request: SearchRequest) -> SearchResult:
        """Return the best documents. A replica that fails leaves the search to the primary."""
        replica = await self._replicas.choose(request.seen)
        if replica is not None:
            try:
                return await self._search_on(replica, request)
            except DatabaseTimeout:
                raise  # the primary would need as long
            except DatabaseUnavailable:
                pass  # `searching` has reported it
        if self._searches:
            self._meter.search_routed(PRIMARY)
        return await self._primary.search(request)

    async def _search_on(self, replica: Replica, request: SearchRequest) -> SearchResult:
        async with replica.searching():
            result = await self._searches[replica].search(request)
        self._meter.search_routed(f"replica-{replica.number}")
        return result
