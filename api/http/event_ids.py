"""Ids of events: sealed positions. They tell how many events there were to nobody."""

import re

from shared.domain.errors import FieldError, InvalidInput
from shared.domain.events.event import XID_MAX, Position
from shared.domain.refs import DEFAULT_TENANT, Tenant
from shared.ports.sealing import Sealed, Sealing

_FORMER = re.compile(r"(\d{1,20})-(\d{1,18})")
"""The ids of the versions before tenants. After an update, clients resume from them."""
_SEALED = re.compile(r"[A-Za-z0-9_-]{43}")
UNKNOWN = Position(XID_MAX, 0)
"""It is beyond the end of any database, so its reader learns that it missed events."""


def event_id(sealing: Sealing, tenant: Tenant, position: Position) -> str:
    return sealing.seal(Sealed.EVENT, tenant, position.packed())


def position_of(sealing: Sealing, tenant: Tenant, text: str, *, allows_former: bool) -> Position:
    """Return the position to resume from.

    It is UNKNOWN if the id is that of another tenant or database. Raises InvalidInput for a text
    that is no id at all.
    """
    former = _FORMER.fullmatch(text)
    if former and int(former[1]) <= XID_MAX:
        is_ours = allows_former and tenant == DEFAULT_TENANT
        return Position(int(former[1]), int(former[2])) if is_ours else UNKNOWN
    if not _SEALED.fullmatch(text):
        raise InvalidInput(FieldError(("header", "Last-Event-ID"), "is not an event id"))
    packed = sealing.open(Sealed.EVENT, tenant, text)
    return Position.of_packed(packed) if packed else UNKNOWN
