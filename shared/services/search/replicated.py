"""Searches on a replica that shows what they must see, and else on the primary."""

from collections.abc import Callable

from shared.db.kit.pool import AsyncDatabase
from shared.domain.errors import DatabaseTimeout, DatabaseUnavailable
from shared.domain.search.request import SearchRequest, SearchResult
from shared.ports.meters import ApiMeter
from shared.services.search.replica import Replica
from shared.services.search.replicas import ReadReplicas
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
        """Return the best documents. The primary answers if a replica cannot."""
        if not self._searches:
            return await self._primary.search(request)
        replica = await self._replica_for(request)
        if replica is not None:
            try:
                result = await replica.run(self._searches[replica].search(request))
            except DatabaseTimeout:
                raise  # the primary would take as long
            except DatabaseUnavailable:
                pass  # the watch reports a replica that fails
            else:
                self._meter.search_routed(f"replica-{replica.number}")
                return result
        self._meter.search_routed(PRIMARY)
        return await self._primary.search(request)

    async def _replica_for(self, request: SearchRequest) -> Replica | None:
        """Choose a replica. The pages of one cursor are read in one place: the primary."""
        return None if request.cursor else await self._replicas.choose(request.seen)
