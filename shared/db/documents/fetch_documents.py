"""Read many documents by their ids."""

from collections.abc import Sequence

from shared.db.documents import list_documents, read_documents
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.fetched import Fetched
from shared.domain.documents.filters import Filter
from shared.domain.documents.listing import Listing, Order
from shared.domain.refs import Collection, DocumentRef


async def fetch(
    connection: AsyncConnection,
    collection: Collection,
    ids: Sequence[str],
    visible: Sequence[Filter],
) -> Fetched:
    """Return the documents that exist and meet `visible`, up to the size of a page.

    The connection must be in a snapshot.
    """
    wanted = list(dict.fromkeys(ids))
    listing = Listing(
        collection, ids=wanted, conditions=tuple(visible), order=Order.ID, limit=max(1, len(wanted))
    )
    page = await list_documents.page(connection, listing)
    documents = {each.ref.id: each for each in page.documents}
    existing = set(documents)
    if page.next_after is not None:
        refs = [DocumentRef(collection, id_) for id_ in wanted]
        existing = {ref.id for ref in await read_documents.meeting(connection, refs, visible)}
    return Fetched(
        [documents[id_] for id_ in wanted if id_ in documents],
        [id_ for id_ in wanted if id_ not in existing],
        [id_ for id_ in wanted if id_ in existing and id_ not in documents],
    )
