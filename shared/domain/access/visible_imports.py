"""Who sees an import: whoever may write to all collections that it wrote to."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.access.principal import Action, Principal
from shared.domain.refs import Collection
from shared.domain.search.scope import ALL_COLLECTIONS


class WroteTo(Protocol):
    """An import, or as much of it as says where it wrote."""

    @property
    def collections(self) -> Sequence[Collection]: ...
    @property
    def is_in_many_collections(self) -> bool: ...


def may_see(caller: Principal, each: WroteTo) -> bool:
    """Return whether the caller may see an import of their tenant.

    It counts all documents, whatever the filter of a token.
    """
    if caller.filter:
        return False
    if each.is_in_many_collections:
        return caller.allows(Action.WRITE, ALL_COLLECTIONS)
    return all(caller.allows(Action.WRITE, known.name) for known in each.collections)
