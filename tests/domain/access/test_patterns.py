import re

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access.patterns import covers, matches

PATTERNS = st.text("ab*", max_size=8)
NAMES = st.text("ab", max_size=8)


@given(PATTERNS, NAMES)
def test_only_the_star_is_special(pattern: str, name: str) -> None:
    as_regex = ".*".join(re.escape(part) for part in pattern.split("*"))
    assert matches(pattern, name) == bool(re.fullmatch(as_regex, name, re.DOTALL))


@given(st.text("ab?[]\\.", max_size=6), st.text("ab?[]\\.", max_size=6))
def test_other_characters_stand_for_themselves(pattern: str, name: str) -> None:
    assert matches(pattern, name) == (pattern == name)


@given(PATTERNS, PATTERNS, NAMES)
def test_what_covers_a_pattern_matches_all_that_it_matches(
    outer: str, inner: str, name: str
) -> None:
    if covers(outer, inner) and matches(inner, name):
        assert matches(outer, name)


@given(PATTERNS, PATTERNS)
def test_what_does_not_cover_a_pattern_misses_a_name(outer: str, inner: str) -> None:
    # A letter that `outer` does not have, in the place of each star, is such a name.
    assert covers(outer, inner) == matches(outer, inner.replace("*", "z"))


def test_many_stars_take_no_time() -> None:
    assert not matches("*a" * 120, "a" * 119)
    assert not matches("a*" * 127 + "b", "a" * 255)
