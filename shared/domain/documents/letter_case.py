"""Patterns that match a text in upper and lower case, whatever the database's locale."""

from collections import defaultdict

LAST_CASED = 0x1E943
"""No later character has another case."""


def _cases() -> dict[str, str]:
    """Return all forms of each case-folded character."""
    forms: defaultdict[str, str] = defaultdict(str)
    for character in map(chr, range(LAST_CASED + 1)):
        folded = character.casefold()
        if folded != character:
            forms[folded] += character
    return dict(forms)


_CASES = _cases()


def any_case(text: str) -> str:
    """Return a regular expression for `text` in any case, compared character by character."""
    return "".join(map(_character, text))


def _character(character: str) -> str:
    folded = character.casefold()
    if others := _CASES.get(folded):
        return f"[{folded if len(folded) == 1 else ''}{others}]"
    return character if character.isalnum() or not character.isascii() else f"\\{character}"
