"""Searches on a replica that shows what they must see, and else on the primary."""

from collections.abc import Callable

import psycopg
import structlog

from shared.db.kit.pool import AsyncDatabase
from shared.domain.database_errors import DatabaseTimeout, DatabaseUnavailable
from shared.domain.search.request import SearchRequest, SearchResult
from shared.ports.meters import ApiMeter
from shared.services.search.replica import Replica
from shared.services.search.replicas import ReadReplicas
from shared.services.search.service import SearchService

log = structlog.get_logger(__name__)

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
        self._searches = {each: search_on(each.searched) for each in replicas}
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
            except (DatabaseUnavailable, psycopg.Error) as error:
                log.info("replica.search_repeated", replica=replica.number, reason=_reason(error))
                replica.look_soon()
            else:
                self._meter.search_routed(f"replica-{replica.number}")
                return result
        self._meter.search_routed(PRIMARY)
        return await self._primary.search(request)

    async def _replica_for(self, request: SearchRequest) -> Replica | None:
        """Choose a replica. The pages of one cursor are read in one place: the primary."""
        return None if request.cursor else await self._replicas.choose(request.seen)


def _reason(error: Exception) -> str:
    """Return a text that holds nothing of a query."""
    return str(error) if isinstance(error, DatabaseUnavailable) else type(error).__name__
