"""Says on which page, row or line of its file a hit's snippet begins."""

from collections.abc import Sequence

from shared.db.kit.pool import AsyncDatabase
from shared.db.search import locations
from shared.domain.files.file import FILE
from shared.domain.files.locations import Location
from shared.domain.search.query import HitPage
from shared.domain.search.snippets.snippet import Quotation


async def located(
    database: AsyncDatabase, page: HitPage, quotations: Sequence[Quotation]
) -> list[Location | None]:
    """Return the location of each hit. Only pages with a document of a file cost a statement."""
    pairs = list(zip(page.hits, quotations, strict=True))
    wanted = [(at, pair) for at, pair in enumerate(pairs) if FILE in pair[0].metadata]
    found: list[Location | None] = [None] * len(pairs)
    if not wanted:
        return found
    keys = [hit.ranked.key for _, (hit, _) in wanted]
    starts = [quotation.start for _, (_, quotation) in wanted]
    async with database.connection() as connection:
        read = await locations.read(connection, keys, starts)
    for (at, _), location in zip(wanted, read, strict=True):
        found[at] = location
    return found
