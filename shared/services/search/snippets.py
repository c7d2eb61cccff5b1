"""The snippets of a page of hits, made without blocking the event loop."""

import asyncio

from shared.domain.search.query import HitPage
from shared.domain.search.snippets.snippet import Quotation, quotations

INLINE_CHARACTERS = 32 * 1024
"""Longer texts are searched for snippets in a thread, because that would stop the event loop."""


async def quoted(found: HitPage) -> list[Quotation]:
    """Return what each hit of a page shows."""
    if sum(len(hit.passage.text) for hit in found.hits) > INLINE_CHARACTERS:
        return await asyncio.to_thread(quotations, found)
    return quotations(found)
