import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access.keys import DIGITS, is_one_of, new_key, parse_key
from shared.domain.access_errors import KeyInvalid

KEY = new_key()


def test_a_key_is_read_as_it_was_made() -> None:
    assert parse_key(KEY.text) == KEY
    assert len(KEY.text) == len("ink_") + 12 + len("_") + 43 + 6
    assert KEY.hash == hashlib.sha256(KEY.text.encode()).digest()


def test_another_secret_of_a_key_keeps_its_id() -> None:
    other = new_key(KEY.id)
    assert other.id == KEY.id
    assert other.text != KEY.text


def test_its_representation_has_no_secret() -> None:
    assert repr(KEY) == f"Key({KEY.id!r})"


@given(st.integers(0, len(KEY.text) - 1), st.characters())
def test_every_altered_character_is_refused(position: int, character: str) -> None:
    altered = KEY.text[:position] + character + KEY.text[position + 1 :]
    if altered != KEY.text:
        with pytest.raises(KeyInvalid):
            parse_key(altered)


@given(st.integers(4, 15), st.sampled_from(DIGITS))
def test_a_key_with_another_id_is_refused(position: int, digit: str) -> None:
    altered = KEY.text[:position] + digit + KEY.text[position + 1 :]
    if altered != KEY.text:
        with pytest.raises(KeyInvalid):
            parse_key(altered)


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(KeyInvalid):
        parse_key(text)


@pytest.mark.parametrize("surrounded", ["{}\n", "{}0", " {}"])
def test_nothing_may_surround_a_key(surrounded: str) -> None:
    with pytest.raises(KeyInvalid):
        parse_key(surrounded.format(KEY.text))


def test_nothing_is_no_key() -> None:
    with pytest.raises(KeyInvalid):
        parse_key("")


def test_a_hash_is_found_among_several() -> None:
    other = new_key().hash
    assert is_one_of(KEY.hash, [other, KEY.hash])
    assert not is_one_of(KEY.hash, [other])
    assert not is_one_of(KEY.hash, [])
