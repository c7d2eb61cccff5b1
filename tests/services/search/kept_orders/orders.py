"""Pages of a kept order, and the documents that are written meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.domain.refs import DocumentRef
from shared.domain.search.kept_order import START
from shared.domain.search.request import SearchRequest, SearchResult
from shared.domain.search.scope import Scope
from shared.services.documents.service import DocumentService
from shared.services.search.service import SearchService
from tests.support.collections import named
from tests.support.worker_harness import WorkerHarness, new

QUERY = "billing service"
NUMBER = 30
FIRST = SearchRequest(QUERY, Scope(named("c")), limit=7, cursor=START)
Start = Callable[[Settings, AsyncDatabase], SearchService]


@dataclass
class Library:
    """The documents of a collection, and what was done to them since the search began."""

    documents: DocumentService
    harness: WorkerHarness
    numbers: int = 0
    present: list[str] = field(default_factory=list)
    edited: set[str] = field(default_factory=set)

    async def add(self) -> None:
        id_ = str(self.numbers)
        self.numbers += 1
        await self.documents.create(new(id_, f"The billing of service {id_} failed."))
        self.present.append(id_)

    async def edit(self, id_: str) -> None:
        text = f"Billing has an edit, {self.numbers}."
        self.numbers += 1
        await self.documents.put(new(id_, text))
        self.edited.add(id_)

    async def delete(self, id_: str) -> None:
        await self.documents.delete(DocumentRef(named("c"), id_), None)
        self.present.remove(id_)

    async def recreate(self, id_: str) -> None:
        """Delete a document and write another one under its id."""
        await self.delete(id_)
        await self.documents.create(new(id_, "Billing of another service."))

    async def restore(self) -> None:
        """Have as many documents as at first, all of them embedded."""
        for id_ in self.present[NUMBER:]:
            await self.delete(id_)
        for _ in range(NUMBER - len(self.present)):
            await self.add()
        await self.embed()
        self.edited.clear()

    async def do(self, write: str, id_: str) -> None:
        match write:
            case "add":
                await self.add()
            case "embed":
                await self.embed()
            case "edit":
                await self.edit(id_)
            case "delete":
                await self.delete(id_)
            case "recreate":
                await self.recreate(id_)

    async def embed(self) -> None:
        while (await self.harness.work()).ready:
            pass


def ids(result: SearchResult) -> list[str]:
    return [hit.ref.id for hit in result.hits]


async def further(
    service: SearchService, page: SearchResult, request: SearchRequest = FIRST, limit: int = 7
) -> SearchResult:
    """Return the page behind one."""
    assert page.next_cursor is not None
    return await service.search(replace(request, cursor=page.next_cursor, limit=limit))


async def whole(service: SearchService, request: SearchRequest) -> SearchResult:
    return await service.search(replace(request, cursor=None, limit=100))
