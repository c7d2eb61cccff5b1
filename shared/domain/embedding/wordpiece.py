"""WordPiece: how BERT counts its tokens, to whose family most small embedding models belong."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

LONGEST_WORD = 100
"""A word of more characters counts one token each: some servers take it for a single unknown
word, others for all of its pieces, and text must be cut for the others too."""

_GGUF_WORD_START = "\u2581"
_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_WORDS = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+|[^\s]")


class WordPiece:
    """Counts tokens by a vocabulary of pieces that either begin a word or go on with it."""

    def __init__(self, beginnings: frozenset[str], continuations: frozenset[str]) -> None:
        self._beginnings = beginnings
        self._continuations = continuations
        self._remembered = lru_cache(maxsize=50_000)(self._pieces)

    def count(self, text: str) -> int:
        """Return the number of a text's tokens."""
        return sum(map(self._count_word, _WORDS.findall(_without_accents(text.lower()))))

    def _count_word(self, word: str) -> int:
        # Long words are seldom seen twice and would fill the memory that remembers them.
        return len(word) if len(word) > LONGEST_WORD else self._remembered(word)

    def _pieces(self, word: str) -> int:
        """Take the longest piece that fits, again and again; what nothing fits is one token."""
        start, count, vocabulary = 0, 0, self._beginnings
        while start < len(word):
            fitting = (end for end in range(len(word), start, -1) if word[start:end] in vocabulary)
            start = next(fitting, 0)
            if not start:
                return 1
            count, vocabulary = count + 1, self._continuations
        return count


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


def read_vocabulary(tokens: Iterable[str]) -> WordPiece:
    """Return the tokenizer of a vocabulary as BERT (`##ing`) or GGUF (`▁word`) spells it."""
    known = list(tokens)
    if any(token.startswith(_GGUF_WORD_START) for token in known):
        beginnings = {token[1:] for token in known if token.startswith(_GGUF_WORD_START)}
        continuations = {token for token in known if not token.startswith(_GGUF_WORD_START)}
    else:
        beginnings = {token for token in known if not token.startswith("##")}
        continuations = {token[2:] for token in known if token.startswith("##")}
    return WordPiece(frozenset(beginnings), frozenset(continuations))
