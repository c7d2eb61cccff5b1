"""Source code and files of settings, with the numbers of their lines."""

from collections.abc import Iterator
from pathlib import Path, PurePath

from shared.adapters.extraction.charsets import DECLARING_BYTES, declared_charset
from shared.adapters.extraction.cleaning import clean_title
from shared.adapters.extraction.cutting import Head, Piece, cut
from shared.adapters.extraction.limits import ExtractionLimits
from shared.adapters.extraction.texts import lines, open_text
from shared.domain.files.parts import Part


def read(file: Path, name: str, limits: ExtractionLimits) -> Iterator[Part]:
    with file.open("rb") as opened:
        declared = declared_charset(opened.read(DECLARING_BYTES))
    with open_text(file, declared) as text:
        pieces = (Piece(line, number) for number, line in lines(text))
        yield from cut(Head(clean_title(PurePath(name).name)), pieces, "line")
