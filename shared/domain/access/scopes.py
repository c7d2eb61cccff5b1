"""Scopes as JSON: a list of `{"actions": [...], "collections": [...]}`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.access.principal import EVERY_ACTION, Action, Grant
from shared.domain.documents.validation import ID_MAX_CHARACTERS, check_text
from shared.domain.errors import FieldError, InvalidInput

ANY = "*"
"""Every action but `operator`, those of later versions included."""
SCOPES_MAX = 20
PATTERNS_MAX = 100


@dataclass(frozen=True, slots=True)
class KeyScope:
    """Actions, of which `*` stands for all but `operator`, and patterns of collections."""

    actions: tuple[str, ...]
    collections: tuple[str, ...] = (ANY,)

    @property
    def grant(self) -> Grant:
        """What it grants. It may name actions of a later version, which do not count."""
        known = {Action(each) for each in self.actions if each in set(Action)}
        return Grant(
            frozenset(known | (EVERY_ACTION if ANY in self.actions else set())), self.collections
        )

    def as_json(self) -> dict[str, Any]:
        return {"actions": list(self.actions), "collections": list(self.collections)}


def scopes_of(stored: Iterable[Mapping[str, Any]]) -> tuple[KeyScope, ...]:
    return tuple(
        KeyScope(tuple(each["actions"]), tuple(each.get("collections", (ANY,)))) for each in stored
    )


def grants_of(scopes: Iterable[KeyScope]) -> tuple[Grant, ...]:
    return tuple(scope.grant for scope in scopes)


def check_scopes(scopes: Sequence[KeyScope]) -> None:
    """Raise InvalidInput unless a key may have these scopes."""
    if not 1 <= len(scopes) <= SCOPES_MAX:
        raise _invalid(("scopes",), f"must be a list of 1 to {SCOPES_MAX} scopes")
    if sum(len(scope.collections) for scope in scopes) > PATTERNS_MAX:
        raise _invalid(("scopes",), f"must have at most {PATTERNS_MAX} collections together")
    for index, scope in enumerate(scopes):
        _check_actions(scope.actions, "scopes", index, "actions")
        _check_patterns(scope.collections, "scopes", index, "collections")


def _check_actions(actions: Sequence[str], *path: str | int) -> None:
    unknown = sorted(set(actions) - {ANY, *Action})
    if unknown or not actions:
        wrong = f"has no action {unknown[0][:100]!r}" if unknown else "must not be empty"
        raise _invalid(path, f"{wrong}; use {', '.join([ANY, *Action])}")


def _check_patterns(collections: Sequence[str], *path: str | int) -> None:
    if not collections:
        raise _invalid(path, "must not be empty; use * for all collections")
    for index, pattern in enumerate(collections):
        check_text(pattern, *path, index)
        if not 1 <= len(pattern) <= ID_MAX_CHARACTERS:
            raise _invalid((*path, index), f"must have 1 to {ID_MAX_CHARACTERS} characters")


def _invalid(path: tuple[str | int, ...], message: str) -> InvalidInput:
    return InvalidInput(FieldError(path, message))
