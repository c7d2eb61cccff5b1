"""The cursors of lists tell nothing but what the page before has shown."""

import pytest

from api.schemas.document_cursors import ListCursors
from shared.adapters.sealing import AesSivSealing
from shared.domain.documents.listing import Order, Position
from shared.domain.refs import DEFAULT_TENANT

CURSORS = ListCursors(AesSivSealing(bytes(64)), DEFAULT_TENANT)
TITLE = "é" * 100


@pytest.mark.parametrize(
    ("order", "first", "last"),
    [
        (Order.CREATED_AT, (1,), (2**63 - 1,)),
        (Order.SIZE, (1, 1), (2**31 - 1, 2**63 - 1)),
        (Order.TITLE, (TITLE, 1), (TITLE, 2**63 - 1)),
    ],
)
def test_the_length_of_a_cursor_hides_the_numbers(
    order: Order, first: Position, last: Position
) -> None:
    assert len(CURSORS.text(order, first)) == len(CURSORS.text(order, last))
    assert CURSORS.position(CURSORS.text(order, last), order) == last
