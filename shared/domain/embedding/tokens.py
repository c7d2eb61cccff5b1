"""An estimate of a text's tokens, for models whose tokenizer is not known."""

import re
from collections.abc import Callable

CountTokens = Callable[[str], int]
"""Returns the number of tokens in a text, without the SPECIAL_TOKENS."""

SPECIAL_TOKENS = 2
"""The number of tokens that a model adds around every text."""

_PIECES = re.compile(r"([A-Za-z]+)|(\d+)|([^\W\d_]+)|\S")
_LATIN_END = "\u024f"


def estimate_tokens(text: str) -> int:
    """Return an estimate that is rarely below the count of a common vocabulary.

    For English prose it is about 15% above WordPiece's count. If it is too low, the model server
    rejects the text, because it is asked not to truncate.
    """
    count = 0
    for match in _PIECES.finditer(text):
        english, digits, letters = match.groups()
        if english:
            count += 1 if len(english) <= 7 else 1 - (7 - len(english)) // 3
        elif digits:
            count += -(-len(digits) // 2)
        else:
            count += _letter_tokens(letters) if letters else 1
    return count


def _letter_tokens(word: str) -> int:
    """Count one token for two accented Latin letters, and one for each letter of another script."""
    return -(-len(word) // 2) if max(word) <= _LATIN_END else len(word)
