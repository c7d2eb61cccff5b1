"""The store of kept orders, shared by all API processes."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.refs import Tenant
from shared.domain.search.kept_order import Cursor, KeptHit, KeptOrder


class OrderStore(Protocol):
    """Keeps the last orders for a while. All methods raise OrderStoreUnavailable."""

    async def reserve(self) -> bytes:
        """Return the id of a new order. It is random, and tells nothing."""

    async def put(
        self, tenant: Tenant, id_: bytes, order: KeptOrder, hits: Sequence[KeptHit]
    ) -> None:
        """Keep an order of a tenant, in place of the oldest one of the tenant that has the most."""

    async def get(
        self, tenant: Tenant, cursor: Cursor, limit: int
    ) -> tuple[KeptOrder, list[KeptHit]] | None:
        """Return a tenant's order with the hits of a page. None if it is no longer kept."""
