"""Pages one after the other."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from inkdex.core.steps import Item, Items, Steps

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Page(Protocol[T_co]):
    """Some items, and where the next ones begin."""

    @property
    def items(self) -> Sequence[T_co]:
        """The items."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """The cursor of the next page, or None."""
        ...


def each(page: Callable[[str | None], Steps[Page[T]]]) -> Items[T]:
    """Hand out the items of all pages. Each page is read when it is needed."""
    cursor: str | None = None
    while True:
        read = yield from page(cursor)
        for item in read.items:
            yield Item(item)
        cursor = read.next_cursor
        if cursor is None:
            return
