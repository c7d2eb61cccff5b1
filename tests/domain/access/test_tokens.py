import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access.keys import new_key
from shared.domain.access.tokens import CLOCK_SECONDS, make_token, parse_token
from shared.domain.access_errors import TokenExpired, TokenInvalid

KEY = new_key()
TOKEN = make_token(KEY.text, ["notes-*"], {"team": "red"}, seconds=60, subject="ada")
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def forged(**changes: Any) -> str:  # noqa: ANN401 - any JSON
    """Return a token whose members are replaced, with a signature of nobody."""
    now = time.time()
    members = {"k": KEY.id, "c": ["*"], "f": {}, "iat": now, "exp": now + 60, "sub": None}
    payload = base64.urlsafe_b64encode(json.dumps(members | changes).encode()).decode().rstrip("=")
    return f"inkt_{payload}_{'A' * 43}"


@given(
    st.lists(st.text("ab*", max_size=5), min_size=1, max_size=5),
    st.dictionaries(st.text(max_size=5), JSON, max_size=3),
    st.floats(1, 86_400),
    st.none() | st.text(max_size=20),
)
def test_a_token_is_read_as_it_was_made(
    collections: list[str], filter_: dict[str, Any], seconds: float, subject: str | None
) -> None:
    text = make_token(KEY.text, collections, filter_, seconds=seconds, subject=subject)
    token = parse_token(text)
    assert token.is_signed_with_one_of([KEY.hash])
    assert not token.is_signed_with_one_of([new_key(KEY.id).hash])
    assert (token.key, list(token.collections), token.filter, token.subject) == (
        *(KEY.id, collections, filter_, subject),
    )
    token.check_time(time.time())


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii"))
def test_every_altered_character_is_refused(position: int, character: str) -> None:
    altered = TOKEN[:position] + character + TOKEN[position + 1 :]
    if altered == TOKEN:
        return
    try:
        token = parse_token(altered)
    except TokenInvalid:
        return
    assert not token.is_signed_with_one_of([KEY.hash])


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(TokenInvalid):
        parse_token("inkt_" + text)


@given(st.sampled_from(["k", "c", "f", "iat", "exp", "sub"]), JSON)
def test_a_member_of_any_value_is_read_or_refused(name: str, value: object) -> None:
    try:
        token = parse_token(forged(**{name: value}))
    except TokenInvalid:
        return
    assert not token.is_signed_with_one_of([KEY.hash])


@pytest.mark.parametrize(
    "changes",
    [
        {"k": "\ud800"},
        {"c": []},
        {"c": ["*"] * 101},
        {"exp": time.time() + 90_000},
        {"iat": True},
        {"iat": float("nan")},
        {"exp": float("inf")},
        {"more": "restricted"},
        {"sub": "x" * 201},
    ],
)
def test_a_payload_that_no_token_may_have(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        parse_token(forged(**changes))


def test_a_token_ends() -> None:
    token = parse_token(TOKEN)
    token.check_time(token.expires_at - 0.001)
    with pytest.raises(TokenExpired):
        token.check_time(token.expires_at)


def test_a_token_of_the_future_is_refused() -> None:
    token = parse_token(TOKEN)
    token.check_time(token.issued_at - CLOCK_SECONDS + 0.1)
    with pytest.raises(TokenInvalid):
        token.check_time(token.issued_at - CLOCK_SECONDS - 0.1)


def test_a_deeply_nested_payload_is_refused() -> None:
    payload = base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("=")
    with pytest.raises(TokenInvalid):
        parse_token(f"inkt_{payload}_{'A' * 43}")


def test_a_long_token_is_refused() -> None:
    with pytest.raises(TokenInvalid):
        parse_token(make_token(KEY.text, filter_={"a": "x" * 9000}))
