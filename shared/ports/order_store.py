"""The store of kept orders, shared by all API processes."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.search.kept_order import Cursor, KeptHit, KeptOrder


class OrderStore(Protocol):
    """Keeps the last orders for a while. All methods raise OrderStoreUnavailable."""

    async def reserve(self) -> bytes:
        """Return the id of a new order."""

    async def put(self, id_: bytes, order: KeptOrder, hits: Sequence[KeptHit]) -> None:
        """Keep an order in place of the oldest one."""

    async def get(self, cursor: Cursor, limit: int) -> tuple[KeptOrder, list[KeptHit]] | None:
        """Return an order with the hits of a page. None if it is no longer kept."""
