"""Who makes a request, and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.domain.access import patterns
from shared.domain.access_errors import Forbidden
from shared.domain.documents.filters import Filter
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.refs import DEFAULT_TENANT, MARK, Collection, Tenant
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
TOKEN_ACTIONS = frozenset({Action.SEARCH, Action.ASK, Action.READ})


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions in the collections that match one of the patterns, where `*` stands for any text."""

    actions: frozenset[Action]
    collections: tuple[str, ...] = ("*",)

    def allows(self, action: Action, name: str) -> bool:
        return action in self.actions and any(
            patterns.matches(pattern, name) for pattern in self.collections
        )


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever makes a request. Routes get the collections that they pass on from here.

    `filter` is that of a scoped token. Documents that do not meet it do not exist for the caller.
    `key` is the id of the key, or None while no key exists. `token_collections` are the patterns
    of a token, one of which a collection must match too, or None for a key itself.
    """

    tenant: Tenant
    key: str | None
    grants: tuple[Grant, ...]
    filter: tuple[Filter, ...] = ()
    token_collections: tuple[str, ...] | None = None
    subject: str | None = None
    name: str | None = field(default=None, compare=False)
    expires_at: datetime | None = field(default=None, compare=False)

    @property
    def is_operator(self) -> bool:
        return any(Action.OPERATOR in grant.actions for grant in self.grants)

    def require(self, action: Action) -> None:
        """Raise Forbidden unless the action is allowed in some collection."""
        if not any(action in grant.actions for grant in self.grants):
            raise Forbidden(action)

    def allows(self, action: Action, name: str) -> bool:
        """Return whether the action is allowed in a collection."""
        token = self.token_collections
        return (token is None or any(patterns.matches(each, name) for each in token)) and any(
            grant.allows(action, name) for grant in self.grants
        )

    def collection(self, action: Action, name: str) -> Collection:
        """Return a collection in which the action is allowed.

        Raises Forbidden, and InvalidInput for a name that looks like a key.
        """
        if name.startswith(MARK):
            message = "must not begin with U+10FFFF, which is no character"
            raise InvalidInput(FieldError(("collection",), message))
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
        """Return what a search covers: a collection, or all that the caller may use.

        `conditions` are those of the request. The documents must meet `filter` as well. Raises
        Forbidden.
        """
        both = (*self.filter, *conditions)
        if name != ALL_COLLECTIONS:
            return Scope(self.collection(action, name), both, visible=self.filter)
        self.require(action)
        patterns = self._patterns(action)
        return Scope(self.tenant, both, patterns=patterns, visible=self.filter)

    def _patterns(self, action: Action) -> tuple[tuple[str, ...], ...]:
        """Return groups of patterns. A collection of the caller matches one of each group."""
        granted = [grant.collections for grant in self.grants if action in grant.actions]
        groups = [tuple(each for some in granted for each in some), self.token_collections]
        return tuple(group for group in groups if group is not None and "*" not in group)


OPEN = Principal(DEFAULT_TENANT, None, (Grant(frozenset(Action)),))
"""The caller while no key exists."""


def lacking(held: Iterable[Grant], wanted: Iterable[Grant]) -> tuple[Action, str] | None:
    """Return an action and a pattern that `wanted` has and `held` has not, or None."""
    has = _patterns_by_action(held)
    for action, needed in sorted(_patterns_by_action(wanted).items()):
        own = has.get(action, set())
        for pattern in sorted(needed - own):
            if not any(patterns.covers(each, pattern) for each in own):
                return action, pattern
    return None


def _patterns_by_action(grants: Iterable[Grant]) -> dict[Action, set[str]]:
    found: dict[Action, set[str]] = {}
    for grant in grants:
        for action in grant.actions:
            found.setdefault(action, set()).update(grant.collections)
    return found
