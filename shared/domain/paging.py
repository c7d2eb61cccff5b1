"""Pages of lists that are read with one more item than a page has."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def page_of(found: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """Return the page, and its last item if another page follows."""
    page = found[:limit]
    return page, page[-1] if len(found) > limit else None
