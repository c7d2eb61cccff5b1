"""Plain text."""

from collections.abc import Iterator
from pathlib import Path, PurePath

from shared.adapters.extraction.cleaning import clean_title
from shared.adapters.extraction.cutting import Head, Piece, cut
from shared.adapters.extraction.limits import ExtractionLimits
from shared.adapters.extraction.texts import lines, open_text
from shared.domain.files.parts import Part


def read(file: Path, name: str, limits: ExtractionLimits) -> Iterator[Part]:
    with open_text(file) as text:
        pieces = (Piece(line) for _, line in lines(text))
        yield from cut(Head(clean_title(PurePath(name).stem)), pieces)
