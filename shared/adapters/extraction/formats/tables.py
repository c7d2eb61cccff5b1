"""CSV and TSV: each row as lines of "header: value"."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path, PurePath
from typing import TextIO

from shared.adapters.extraction.cleaning import clean_title, one_line
from shared.adapters.extraction.cutting import BETWEEN_PIECES, Head, Piece, cut
from shared.adapters.extraction.limits import ExtractionLimits
from shared.adapters.extraction.texts import MARK, open_text
from shared.domain.files.parts import ExtractionFailed, FileErrorCode, Part

FIELD_MAX_CHARACTERS = 1024 * 1024
HEADER_CHARACTERS = 100
SAMPLE_CHARACTERS = 8 * 1024
DELIMITERS = ",;\t|"
_SEPARATOR = re.compile(r'(?:"sep=([^"\w\n])"|sep=([^"\w\n]))\n?', re.IGNORECASE)
"""The line in which Excel names the delimiter. It shows no row for it."""


class _Plain(csv.Dialect):
    quotechar = '"'
    doublequote = True
    skipinitialspace = False
    lineterminator = "\n"
    quoting = csv.QUOTE_MINIMAL


def read(file: Path, name: str, limits: ExtractionLimits) -> Iterator[Part]:
    csv.field_size_limit(FIELD_MAX_CHARACTERS)
    with open_text(file) as text:
        delimiter = _delimiter(text, name)
        head = Head(clean_title(PurePath(name).stem))
        yield from cut(head, _rows(text, delimiter), "row", BETWEEN_PIECES)


def _delimiter(text: TextIO, name: str) -> str:
    """Return the delimiter. The text is at its first row then."""
    if named := _SEPARATOR.fullmatch(text.readline(len('"sep=;"\n'))):
        return named[1] or named[2]
    text.seek(0)
    sample = text.read(SAMPLE_CHARACTERS)
    text.seek(0)
    first = sample.partition("\n")[0]
    try:
        found = csv.Sniffer().sniff(sample, DELIMITERS).delimiter
    except csv.Error:
        found = ""
    if found and found in first:
        return found
    if PurePath(name).suffix.lower() == ".tsv":
        return "\t"
    return max(DELIMITERS, key=first.count)


def _rows(text: TextIO, delimiter: str) -> Iterator[Piece]:
    """Yield each row with its number as a spreadsheet counts it: the header is row 1."""
    rows = _numbered(text, delimiter)
    first = next(rows, None)
    if first is None:
        return
    header = [one_line(cell, HEADER_CHARACTERS) for cell in first[1]]
    has_header = _is_header(header)
    names = header if has_header else []
    for number, row in rows if has_header else chain([first], rows):
        yield Piece(_as_text(names, row), number)


def _numbered(text: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        unmarked = (line.lstrip(MARK) for line in text)
        for number, row in enumerate(csv.reader(unmarked, _Plain, delimiter=delimiter), 1):
            if any(row):
                yield number, row
    except csv.Error:
        message = (
            f"Row {number + 1:,} has a field of more than {FIELD_MAX_CHARACTERS:,} characters. "
            "Perhaps a quotation mark is missing."
        )
        raise ExtractionFailed(FileErrorCode.UNREADABLE, message) from None


def _is_header(cells: Sequence[str]) -> bool:
    """Return whether a first row has names: distinct, not blank, and no numbers."""
    return all(map(_is_name, cells)) and len(set(cells)) == len(cells)


def _is_name(cell: str) -> bool:
    return bool(cell) and any(map(str.isalpha, cell))


def _as_text(names: Sequence[str], row: Sequence[str]) -> str:
    cells = ((_name(names, at), cell.strip()) for at, cell in enumerate(row))
    return "\n".join(f"{name}: {cell}" for name, cell in cells if cell)


def _name(names: Sequence[str], at: int) -> str:
    return names[at] if at < len(names) else f"column {at + 1}"
