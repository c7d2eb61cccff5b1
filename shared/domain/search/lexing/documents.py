"""The lexemes of a document, as the text of a tsvector within the limits of that type."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from shared.domain.binary_text import readable_regions
from shared.domain.documents import languages
from shared.domain.documents.document import NewDocument
from shared.domain.search.lexing import runs
from shared.domain.search.lexing.characters import normalized, slices
from shared.domain.search.lexing.forms import FOLDED, FURTHER, document_forms, quoted
from shared.domain.search.lexing.runs import Place
from shared.domain.search.lexing.stop_words import STOP_WORDS

LEXING = 3
"""The version of the rules that make a document's lexemes.

Increase it with every change of the rules, and add an index of the texts before it. Workers then
recompute the lexemes of all texts.
"""
LAST_POSITION = 16_383
POSITIONS_MAX = 255
BYTES_MAX = 1_000_000
"""A tsvector holds at most 1 MB. The words of a text that no longer fit are left out."""
TITLE_TIMES = 3
"""A word of the title counts as often as so many of the content."""
CACHED_RUNS = 16 * 1024
CACHED_PLACES = 8 * 1024

TITLE, ID, LATE, FOLD = "A", "B", "C", "C"
"""Weights. The last position stands for all words behind it, and folded forms count less."""

_NUMERALS = (*map(str, range(LAST_POSITION)), f"{LAST_POSITION}{LATE}")
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Lexed(NamedTuple):
    """A document's lexemes, and its number of words without stop words."""

    lexemes: str
    length: int


class LexedDocument(NamedTuple):
    """A document as it is stored: with the language of its text, and its lexemes.

    `default_language` is what it is lexed in if its collection has no language. It is None if the
    document names its own, whatever that of the collection is.
    """

    new: NewDocument
    language: str
    lexemes: str
    length: int
    default_language: str | None


class LexedRun(NamedTuple):
    """The lexemes at each place of a run, and its number of words without stop words."""

    places: tuple[tuple[str, ...], ...]
    length: int

    def without_last(self) -> "LexedRun":
        return LexedRun(self.places[:-1], max(self.length - 1, 0))


class _Positions:
    """Collects the positions of each lexeme."""

    def __init__(self, language: str) -> None:
        self.found: defaultdict[str, list[int]] = defaultdict(list)
        self.last = 0
        self._language = language

    def add(self, text: str) -> int:
        """Add the words of a text after those before. Return their number without stop words."""
        return self._add(self._lexed_runs(text))

    def add_title(self, title: str) -> int:
        """Add the words of a title, each several times. Return their number."""
        runs_of_title = list(self._lexed_runs(title))
        length = self._add(runs_of_title)
        for _ in range(TITLE_TIMES - 1):
            self.leave_a_gap()
            self._add(runs_of_title)
        return length

    def _lexed_runs(self, text: str) -> Iterator[LexedRun]:
        language = self._language
        for part in slices(text):
            found = [lexed_run(language, run) for run in normalized(part.text).split()]
            if part.is_repeated:  # the next slice has the character that this one ends with
                found[-1] = found[-1].without_last()
            yield from found

    def _add(self, lexed_runs: Iterable[LexedRun]) -> int:
        found, position, length = self.found, self.last, 0
        for places, words in lexed_runs:
            length += words
            for lexemes in places:
                position += position < LAST_POSITION
                for lexeme in lexemes:
                    found[lexeme].append(position)
        self.last = position
        return length

    def add_id(self, id_: str) -> None:
        """Add the words of an id. A UUID is a single one, because nobody seeks its parts."""
        if not _UUID.fullmatch(id_):
            self.add(id_)
            return
        self.last += 1
        self.found[id_.lower()].append(self.last)

    def leave_a_gap(self) -> None:
        """Keep phrases from reaching across two texts."""
        self.last = min(self.last + 1, LAST_POSITION)


def lexed_document(
    new: NewDocument, default_language: str = languages.ENGLISH, of_collection: str | None = None
) -> LexedDocument:
    language = languages.language_of(new.metadata, of_collection, default_language)
    found = lexed(language, new.ref.id, new.title, new.content)
    return with_lexemes(new, language, default_language, found)


def with_lexemes(
    new: NewDocument, language: str, default_language: str, found: Lexed
) -> LexedDocument:
    names_one = languages.text_language(new.metadata) is not None
    return LexedDocument(new, language, *found, None if names_one else default_language)


def lexed(language: str, id_: str, title: str | None, content: str) -> Lexed:
    """Return the lexemes of a document: those of its title, its id and its content."""
    positions = _Positions(language)
    length = positions.add_title(title) if title else 0
    title_end = positions.last
    positions.leave_a_gap()
    positions.add_id(id_)
    id_end = positions.last
    for region in readable_regions(content):
        positions.leave_a_gap()
        length += positions.add(content[region.start : region.end])
    weights = [TITLE] * (title_end + 1) + [ID] * (id_end - title_end)
    labels = tuple(f"{position}{weight}" for position, weight in enumerate(weights))
    return Lexed(" ".join(_entries(positions.found, labels)), length)


def lexed_run(language: str, run: str) -> LexedRun:
    """Return the lexemes of a normalised run without white space."""
    if len(run) <= runs.WORD_CHARACTERS:
        return _cached_run(language, run)
    return _lex_run(language, run)


def _lex_run(language: str, run: str) -> LexedRun:
    stop_words = STOP_WORDS.get(language, frozenset())
    places = runs.places(run)
    length = sum(not place.is_among(stop_words) for place in places)
    return LexedRun(tuple(_lexemes(language, place) for place in places), length)


_cached_run = lru_cache(CACHED_RUNS)(_lex_run)


def _lexemes(language: str, place: Place) -> tuple[str, ...]:
    if place.spaced:
        return _spaced_lexemes(language, place)
    return (place.word, *place.parts) if place.word else place.parts


@lru_cache(CACHED_PLACES)
def _spaced_lexemes(language: str, place: Place) -> tuple[str, ...]:
    words = (place.word, *place.spellings, *place.parts)
    forms = (form for word in words for form in document_forms(language, word))
    return tuple(dict.fromkeys((*forms, *place.wholes)))


def _entries(found: dict[str, list[int]], labels: tuple[str, ...]) -> Iterator[str]:
    """Yield the lexemes with their positions, as many as fit. `labels` are those of the first."""
    room = BYTES_MAX
    for lexeme, positions in chain(_first(found), _further(found)):
        room -= len(lexeme.encode()) + 2 * len(positions) + 4
        if room < 0:
            return
        yield f"{quoted(lexeme)}:{_written(lexeme, positions, labels)}"


def _first(found: dict[str, list[int]]) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield each lexeme with its first positions and the last one."""
    for lexeme, every in found.items():
        yield lexeme, tuple(dict.fromkeys(every[: POSITIONS_MAX - 1] + every[-1:]))


def _further(found: dict[str, list[int]]) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield the positions that one lexeme cannot have, under lexemes that begin with it."""
    for lexeme, every in found.items():
        further = tuple(dict.fromkeys(every[POSITIONS_MAX - 1 : -1]))
        for start in range(0, len(further), POSITIONS_MAX):
            number = start // POSITIONS_MAX
            yield f"{lexeme}{FURTHER}{number}", further[start : start + POSITIONS_MAX]


def _written(lexeme: str, positions: Iterable[int], labels: tuple[str, ...]) -> str:
    if lexeme.startswith(FOLDED):
        return ",".join(f"{position}{FOLD}" for position in positions)
    label = len(labels)
    return ",".join(
        labels[position] if position < label else _NUMERALS[position] for position in positions
    )
