"""Cuts what is read from a file into parts, at pages, rows or lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.adapters.extraction.cleaning import clean
from shared.domain.files.parts import JSON, PART_MAX_BYTES, Mark, Part, Unit

SLICE_CHARACTERS = PART_MAX_BYTES // 4
"""So many characters fit into a part, whatever they are."""
BETWEEN_PIECES = "\n\n"


@dataclass(frozen=True, slots=True)
class Head:
    """What all parts of a file have in common."""

    title: str | None
    metadata: dict[str, JSON] = field(default_factory=dict)
    language: str | None = None


class Piece(NamedTuple):
    """A page, row or line, or a text without a number."""

    text: str
    number: int | None = None


@dataclass(slots=True)
class _Growing:
    """The text of one part so far. `size` is in bytes."""

    texts: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    size: int = 0
    characters: int = 0

    def add(self, text: str, size: int, mark: tuple[Unit, int] | None) -> None:
        if mark:
            self.marks.append(Mark(*mark, self.characters))
        self.texts.append(text)
        self.size += size
        self.characters += len(text)

    def part(self, head: Head) -> Part | None:
        """Return the part, unless it is blank."""
        text = "".join(self.texts).rstrip()
        marks = tuple(mark for mark in self.marks if mark.start < len(text))
        return Part(head.title, text, head.metadata, head.language, marks) if text else None


def cut(
    head: Head, pieces: Iterable[Piece], unit: Unit | None = None, between: str = ""
) -> Iterator[Part]:
    """Yield the parts of a file. With `between`, pieces that are blank are left out."""
    growing = _Growing()
    for text, number in _slices(pieces, skip_blank=bool(between)):
        added = between + text if between and growing.texts else text
        size = len(added.encode())
        if growing.size + size > PART_MAX_BYTES and growing.texts:
            if part := growing.part(head):
                yield part
            growing, added = _Growing(), text
            size = len(added.encode())
        elif added is not text:
            growing.add(between, len(between), None)
            added, size = text, size - len(between)
        is_marked = unit is not None and number is not None and not added.isspace()
        growing.add(added, size, (unit, number) if is_marked else None)  # type: ignore[arg-type]
    if part := growing.part(head):
        yield part


def _slices(pieces: Iterable[Piece], *, skip_blank: bool) -> Iterator[Piece]:
    """Yield clean pieces, cut where they are longer than a part may be."""
    for piece in pieces:
        text = clean(piece.text)
        if skip_blank and not text.strip():
            continue
        start = 0
        while len(text) - start > SLICE_CHARACTERS:
            end = _good_end(text, start, start + SLICE_CHARACTERS)
            yield Piece(text[start:end], piece.number)
            start = end
        yield Piece(text[start:], piece.number)


def _good_end(text: str, start: int, end: int) -> int:
    """Return where to cut before `end`: behind a line, else behind a word."""
    middle = (start + end) // 2
    found = max(text.rfind("\n", middle, end), text.rfind("\n\n", middle, end) + 1)
    if found < middle:
        found = text.rfind(" ", middle, end)
    return found + 1 if found >= middle else end
