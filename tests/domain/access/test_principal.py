import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access.principal import (
    EVERY_ACTION,
    OPEN,
    Action,
    Grant,
    Principal,
    lacking,
)
from shared.domain.access.scopes import KeyScope, check_scopes, grants_of, scopes_of
from shared.domain.access_errors import Forbidden
from shared.domain.errors import InvalidInput
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant

PATTERNS = st.text("ab*", min_size=1, max_size=4)
NAMES = st.text("ab", min_size=1, max_size=5)
GRANTS = st.lists(
    st.builds(
        Grant,
        st.frozensets(st.sampled_from(Action), min_size=1, max_size=3),
        st.lists(PATTERNS, min_size=1, max_size=3).map(tuple),
    ),
    max_size=3,
).map(tuple)


def principal(*grants: Grant, token: tuple[str, ...] | None = None) -> Principal:
    return Principal(Tenant("acme"), "k", grants, token_collections=token)


def test_a_collection_is_of_the_callers_tenant() -> None:
    caller = principal(Grant(frozenset({Action.READ}), ("notes-*",)))
    assert caller.collection(Action.READ, "notes-1") == Collection(Tenant("acme"), "notes-1")
    with pytest.raises(Forbidden, match=r"'documents.write' in the collection 'notes-1'"):
        caller.collection(Action.WRITE, "notes-1")
    with pytest.raises(Forbidden):
        caller.collection(Action.READ, "other")


def test_without_keys_the_caller_is_an_operator_of_the_default_tenant() -> None:
    assert OPEN.is_operator
    assert OPEN.tenant == DEFAULT_TENANT


@given(GRANTS, GRANTS, st.sampled_from(Action), NAMES)
def test_what_lacks_nothing_allows_no_more(
    held: tuple[Grant, ...], wanted: tuple[Grant, ...], action: Action, name: str
) -> None:
    if lacking(held, wanted) is None and principal(*wanted).allows(action, name):
        assert principal(*held).allows(action, name)


@given(GRANTS)
def test_nobody_lacks_what_they_have(held: tuple[Grant, ...]) -> None:
    assert lacking(held, held) is None


@given(GRANTS, st.lists(PATTERNS, min_size=1, max_size=3).map(tuple), NAMES)
def test_a_token_never_allows_more_than_its_key(
    grants: tuple[Grant, ...], token: tuple[str, ...], name: str
) -> None:
    for action in Action:
        if principal(*grants, token=token).allows(action, name):
            assert principal(*grants).allows(action, name)


def test_any_action_is_every_one_but_the_operators() -> None:
    (grant,) = grants_of([KeyScope(("*",))])
    assert grant == Grant(EVERY_ACTION)
    assert Action.OPERATOR not in grant.actions


def test_an_action_of_a_later_version_grants_nothing() -> None:
    stored = [{"actions": ["search", "teleport"], "collections": ["a"]}]
    assert grants_of(scopes_of(stored)) == (Grant(frozenset({Action.SEARCH}), ("a",)),)


@pytest.mark.parametrize(
    "scope",
    [
        KeyScope(("teleport",)),
        KeyScope(()),
        KeyScope(("search",), ()),
        KeyScope(("search",), ("",)),
        KeyScope(("search",), ("a\0",)),
        KeyScope(("search",), ("a" * 300,)),
        KeyScope(("search",), ("a",) * 101),
    ],
)
def test_a_scope_that_no_key_can_have(scope: KeyScope) -> None:
    with pytest.raises(InvalidInput):
        check_scopes([scope])
