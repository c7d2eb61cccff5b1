import pytest

from shared.domain.embedding.tokens import estimate_tokens


@pytest.mark.parametrize(
    ("text", "at_least"),
    [("", 0), ("ink", 1), ("internationalization", 3), ("日本語", 3), ("größer", 3), ("1234", 2)],
)
def test_estimates_are_high(text: str, at_least: int) -> None:
    assert estimate_tokens(text) >= at_least
