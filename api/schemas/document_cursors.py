"""Cursors of lists of documents: the order, and the position after which a page starts."""

import json
from datetime import datetime
from typing import Any

from shared.domain.documents.listing import Order, Position
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.refs import Tenant
from shared.ports.sealing import Sealed, Sealing

CURSOR_MAX_CHARACTERS = 3000
"""Room for an id of 255 characters, escaped."""
PADDED_BYTES = 96
"""Room for all but the texts of a position, which the caller knows.

So the length of a cursor does not tell how large the numbers are.
"""


class ListCursors:
    """The cursors of a tenant's lists."""

    def __init__(self, sealing: Sealing, tenant: Tenant) -> None:
        self._sealing = sealing
        self._tenant = tenant

    def text(self, order: Order, position: Position) -> str:
        values = [each.isoformat() if isinstance(each, datetime) else each for each in position]
        texts = _json([each for each in position if isinstance(each, str)])
        content = _json([order, *values]).ljust(PADDED_BYTES + len(texts))
        return self._sealing.seal(Sealed.LIST_CURSOR, self._tenant, content)

    def next(self, order: Order, after: Position | None) -> str | None:
        """Return the cursor of the next page; None if there is none."""
        return None if after is None else self.text(order, after)

    def position(self, text: str, order: Order) -> Position:
        """Return the position of a cursor.

        Raises InvalidInput if a list of another order or tenant made it, or none.
        """
        content = self._sealing.open(Sealed.LIST_CURSOR, self._tenant, text)
        if content is None:
            raise _invalid("is not a cursor that this API returned")
        made_in, *values = json.loads(content)
        if made_in != order:
            raise _invalid("is of a list in another order; start without a cursor")
        return _position(order, values)


def _json(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode()


def _position(order: Order, values: list[Any]) -> Position:
    if order.field == "updated_at":
        time, key = values
        return datetime.fromisoformat(time), key
    return tuple(values)


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(FieldError(("query", "cursor"), message))
