"""Which documents a search may return."""

from dataclasses import dataclass

from shared.domain.documents.filters import Filter
from shared.domain.refs import Collection, Tenant, tenant_of
from shared.domain.search.lexing.conditions import WordCondition

ALL_COLLECTIONS = "*"
"""A search names all collections by it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A collection, or all of a tenant, and the conditions that a document must meet.

    Of a tenant, only the collections whose name matches one pattern of each of `patterns`.
    `words` are the phrases that its text must or must not have. The document with `excluded_key`
    is not returned. `visible` are those of the conditions that a scoped token has. They hold on
    further pages too.
    """

    within: Collection | Tenant
    conditions: tuple[Filter, ...] = ()
    words: WordCondition | None = None
    excluded_key: int | None = None
    visible: tuple[Filter, ...] = ()
    patterns: tuple[tuple[str, ...], ...] = ()

    @property
    def collection(self) -> Collection | None:
        """The collection, or None if the scope is a tenant."""
        return self.within if isinstance(self.within, Collection) else None

    @property
    def tenant(self) -> Tenant:
        return tenant_of(self.within)
