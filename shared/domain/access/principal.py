"""Who makes a request, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from shared.domain.access_errors import Forbidden
from shared.domain.documents.filters import Filter
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant
from shared.domain.search.scope import ALL_COLLECTIONS, Scope


class Action(StrEnum):
    """What a key allows."""

    SEARCH = "search"
    ASK = "ask"
    READ = "documents.read"
    WRITE = "documents.write"
    WEBHOOKS = "webhooks"
    MODELS = "models"
    STATS = "stats"
    KEYS = "keys"
    OPERATOR = "operator"
    """Tenants, the metrics of all of them, and their keys."""


EVERY_ACTION = frozenset(Action) - {Action.OPERATOR}


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions in the collections that match one of the patterns, where `*` stands for any text."""

    actions: frozenset[Action]
    collections: tuple[str, ...] = ("*",)

    def allows(self, action: Action, name: str) -> bool:
        return action in self.actions and any(
            fnmatchcase(name, pattern) for pattern in self.collections
        )


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever makes a request. Routes get the collections that they pass on from here.

    `filter` is that of a scoped token. Documents that do not meet it do not exist for the caller.
    `key` is the id of the key, or None while no key exists.
    """

    tenant: Tenant
    key: str | None
    grants: tuple[Grant, ...]
    filter: tuple[Filter, ...] = ()

    def require(self, action: Action) -> None:
        """Raise Forbidden unless the action is allowed in some collection."""
        if not any(action in grant.actions for grant in self.grants):
            raise Forbidden(action)

    def allows(self, action: Action, name: str) -> bool:
        """Return whether the action is allowed in a collection."""
        return any(grant.allows(action, name) for grant in self.grants)

    def collection(self, action: Action, name: str) -> Collection:
        """Return a collection in which the action is allowed; raises Forbidden."""
        if not self.allows(action, name):
            raise Forbidden(action, name)
        return Collection(self.tenant, name)

    def within(self, action: Action, name: str | None) -> Collection | Tenant:
        """Return a collection, or the whole tenant for None; raises Forbidden."""
        if name is not None:
            return self.collection(action, name)
        self.collection(action, ALL_COLLECTIONS)
        return self.tenant

    def scope(self, action: Action, name: str, conditions: tuple[Filter, ...] = ()) -> Scope:
        """Return what a search covers: a collection, or all of the tenant; raises Forbidden.

        `conditions` are those of the request. The documents must meet `filter` as well.
        """
        collection = self.collection(action, name)
        within = self.tenant if name == ALL_COLLECTIONS else collection
        return Scope(within, (*self.filter, *conditions))


OPEN = Principal(DEFAULT_TENANT, None, (Grant(frozenset(Action)),))
"""The caller while no key exists."""
