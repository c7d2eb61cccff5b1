"""Work on the passages of a page of hits, done without blocking the event loop."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from shared.domain.search.query import HitPage
from shared.domain.search.snippets.near_words import NearWords
from shared.domain.search.snippets.snippet import Quotation, quotations

INLINE_CHARACTERS = 32 * 1024
"""Longer texts are worked on in a thread, because that would stop the event loop."""

T = TypeVar("T")


async def quoted(found: HitPage, near: NearWords) -> list[Quotation]:
    """Return what each hit of a page shows."""
    return await computed(found, partial(quotations, near=near))


async def computed(found: HitPage, compute: Callable[[HitPage], T]) -> T:
    """Return the result of a function, which runs in a thread if the passages are long."""
    if sum(len(hit.passage.text) for hit in found.hits) > INLINE_CHARACTERS:
        return await asyncio.to_thread(compute, found)
    return compute(found)
