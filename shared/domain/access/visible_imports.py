"""Who sees an import: whoever may write to all collections that it wrote to."""

from shared.domain.access.principal import Action, Principal
from shared.domain.documents.imports import Import
from shared.domain.search.scope import ALL_COLLECTIONS


def may_see(caller: Principal, each: Import) -> bool:
    """Return whether the caller may see an import of their tenant.

    It counts all documents, whatever the filter of a token.
    """
    if caller.filter:
        return False
    if each.is_in_many_collections:
        return caller.allows(Action.WRITE, ALL_COLLECTIONS)
    return all(caller.allows(Action.WRITE, known.name) for known in each.collections)
