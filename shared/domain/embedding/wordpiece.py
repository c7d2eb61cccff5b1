"""WordPiece, the tokenizer of BERT and of most small embedding models."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from shared.domain.stream_safe import stream_safe

LONGEST_WORD = 100
"""A longer word counts one token per character. Some servers read it as one unknown token, others
as all of its pieces, and a chunk must fit both."""

_GGUF_WORD_START = "\u2581"
_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_WORDS = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+|[^\s]")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) == "Mn"


# A class of single characters is fast up to U+FFFF only.
_MARKS = re.compile(f"[{''.join(filter(_is_mark, map(chr, range(0x300, 0x10000))))}]+")
_LATE_PLANES = re.compile("[\U00010000-\U0010ffff]")


class WordPiece:
    """Counts tokens with a vocabulary of pieces that begin a word and pieces that continue one."""

    def __init__(self, beginnings: frozenset[str], continuations: frozenset[str]) -> None:
        self._beginnings = beginnings
        self._continuations = continuations
        self._cached_pieces = lru_cache(maxsize=50_000)(self._pieces)

    def count(self, text: str) -> int:
        return sum(map(self._count_word, _WORDS.findall(_without_accents(text.lower()))))

    def _count_word(self, word: str) -> int:
        # Long words rarely repeat and would fill the cache.
        return len(word) if len(word) > LONGEST_WORD else self._cached_pieces(word)

    def _pieces(self, word: str) -> int:
        """Match the longest piece each time; a word with no match is one unknown token."""
        start, count, vocabulary = 0, 0, self._beginnings
        while start < len(word):
            matches = (end for end in range(len(word), start, -1) if word[start:end] in vocabulary)
            start = next(matches, 0)
            if not start:
                return 1
            count, vocabulary = count + 1, self._continuations
        return count


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    plain = _MARKS.sub("", unicodedata.normalize("NFD", stream_safe(text)))
    if _LATE_PLANES.search(plain) is None:
        return plain
    return "".join(character for character in plain if not _is_mark(character))


def read_vocabulary(tokens: Iterable[str]) -> WordPiece:
    """Return the tokenizer of a vocabulary in BERT's spelling (`##ing`) or GGUF's (`▁word`)."""
    known = list(tokens)
    if any(token.startswith(_GGUF_WORD_START) for token in known):
        beginnings = {token[1:] for token in known if token.startswith(_GGUF_WORD_START)}
        continuations = {token for token in known if not token.startswith(_GGUF_WORD_START)}
    else:
        beginnings = {token for token in known if not token.startswith("##")}
        continuations = {token[2:] for token in known if token.startswith("##")}
    return WordPiece(frozenset(beginnings), frozenset(continuations))
