"""How many tokens a model may make of a text, where its own tokenizer can't be asked."""

import re
from collections.abc import Callable

CountTokens = Callable[[str], int]
"""From a text to the number of its tokens, without those that a model adds to every text."""

SPECIAL_TOKENS = 2
"""What a model puts around every text."""

_PIECES = re.compile(r"([A-Za-z]+)|(\d+)|([^\W\d_]+)|\S")
_LATIN_END = "\u024f"


def estimate_tokens(text: str) -> int:
    """Return a number that seldom falls below that of the usual vocabularies.

    English prose comes out about 15% above WordPiece; a model server that is asked not to
    cut says where the guess was too low.
    """
    count = 0
    for match in _PIECES.finditer(text):
        english, digits, letters = match.groups()
        if english:
            count += 1 if len(english) <= 7 else 1 - (7 - len(english)) // 3
        elif digits:
            count += -(-len(digits) // 2)
        else:
            count += _letters(letters) if letters else 1
    return count


def _letters(word: str) -> int:
    """Return a token for two letters of an accented word, one for each of another script."""
    return -(-len(word) // 2) if max(word) <= _LATIN_END else len(word)
