"""Cursors of lists of documents: the order, and the position after which a page starts."""

import base64
import json
from datetime import datetime
from typing import Any

from shared.domain.documents.listing import Order, Position
from shared.domain.documents.validation import check_text
from shared.domain.errors import FieldError, InvalidInput

CURSOR_MAX_CHARACTERS = 3000
"""Room for an id of 255 characters, escaped."""
KEY_MAX = 2**63 - 1


def cursor_of(order: Order, position: Position) -> str:
    values = [each.isoformat() if isinstance(each, datetime) else each for each in position]
    return base64.urlsafe_b64encode(json.dumps([order, *values]).encode()).decode().rstrip("=")


def position_of(cursor: str, order: Order) -> Position:
    """Return the position of a cursor; raises InvalidInput if a list of another order made it."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_in, *values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if made_in != order:
            raise _invalid("is of a list in another order; start without a cursor")
        return _position(order, values)
    except (ValueError, TypeError, RecursionError):
        raise _invalid("is not a cursor that this API returned") from None


def _position(order: Order, values: list[Any]) -> Position:
    match order.field, values:
        case "created_at", [key] if _is_key(key):
            return (key,)
        case "updated_at", [str(time), key] if _is_key(key):
            return datetime.fromisoformat(time), key
        case "id", [str(id_)]:
            check_text(id_, "query", "cursor")
            return (id_,)
    raise ValueError


def _is_key(value: object) -> bool:
    return type(value) is int and 0 <= value <= KEY_MAX


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(FieldError(("query", "cursor"), message))
