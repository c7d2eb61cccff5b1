"""Ids of events tell nothing, and those of the former version still count for a while."""

import pytest

from api.http.event_ids import UNKNOWN, event_id, position_of
from shared.adapters.sealing import AesSivSealing
from shared.domain.errors import InvalidInput
from shared.domain.events.event import Position
from shared.domain.refs import DEFAULT_TENANT, Tenant

SEALING = AesSivSealing(bytes(64))
OTHER = Tenant("other")
POSITION = Position(812, 40)


def opened(text: str, tenant: Tenant, *, allows_former: bool = True) -> Position:
    return position_of(SEALING, tenant, text, allows_former=allows_former)


def test_an_id_is_of_use_to_its_tenant_only() -> None:
    sealed = event_id(SEALING, OTHER, POSITION)
    assert opened(sealed, OTHER) == POSITION
    assert opened(sealed, DEFAULT_TENANT) == UNKNOWN
    assert len(sealed) == len(event_id(SEALING, OTHER, UNKNOWN))


def test_ids_of_the_former_version_count_in_the_default_tenant_after_an_update() -> None:
    assert opened("812-40", DEFAULT_TENANT) == POSITION
    assert opened("812-40", DEFAULT_TENANT, allows_former=False) == UNKNOWN
    assert opened("812-40", OTHER) == UNKNOWN


@pytest.mark.parametrize("text", ["x", "1", "1-", f"{2**64}-1", "a" * 42, "a" * 44, "ä" * 43])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        opened(text, DEFAULT_TENANT)
