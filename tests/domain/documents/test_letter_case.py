import re

import pytest

from shared.domain.documents.letter_case import any_case


@pytest.mark.parametrize(
    ("text", "equal", "different"),
    [
        ("Ink", ["ink", "INK", "iNK", "in\u212a"], ["inks", " ink", "\u0131nk"]),
        ("Éclair", ["éCLAIR"], ["eclair"]),
        ("ΟΔΟΣ", ["οδος", "οδοσ"], ["οδο"]),
        ("straße", ["STRAẞE"], ["strase"]),
        ("a.b*(c)[d]\\^$-|{2}", ["A.B*(C)[D]\\^$-|{2}"], ["axb*(c)[d]\\^$-|{2}"]),
        ("", [""], ["a"]),
    ],
)
def test_letters_match_in_any_case(text: str, equal: list[str], different: list[str]) -> None:
    assert all(re.fullmatch(any_case(text), each) for each in [text, *equal])
    assert not any(re.fullmatch(any_case(text), each) for each in different)
