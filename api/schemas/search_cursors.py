"""Cursors of searches: the order that is kept, and where the page begins."""

import base64
import struct

from shared.domain.errors import FieldError, InvalidInput
from shared.domain.search.kept_order import START, Cursor

START_WORD = "start"
CURSOR_MAX_CHARACTERS = 100
_FORMAT = struct.Struct(">16sH")


def cursor_text(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(_FORMAT.pack(cursor.order, cursor.position)).decode()


def parse_cursor(text: str) -> Cursor:
    """Return the cursor that a client sent; raises InvalidInput."""
    if text == START_WORD:
        return START
    try:
        return Cursor(*_FORMAT.unpack(base64.b64decode(text, altchars=b"-_", validate=True)))
    except (ValueError, struct.error):
        message = "is neither 'start' nor a cursor that a search returned"
        raise InvalidInput(FieldError(("cursor",), message)) from None
