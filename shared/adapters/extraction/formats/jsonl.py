"""JSON Lines: each line is a row."""

import json
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any, TextIO

from shared.adapters.extraction.cleaning import clean_title
from shared.adapters.extraction.cutting import BETWEEN_PIECES, Head, Piece, cut
from shared.adapters.extraction.limits import ExtractionLimits
from shared.adapters.extraction.texts import MARK, open_text
from shared.domain.files.parts import ExtractionFailed, FileErrorCode, Part

LINE_MAX_CHARACTERS = 8 * 1024 * 1024
TITLE = "title"
TEXTS = (TITLE, "content", "text")


def read(file: Path, name: str, limits: ExtractionLimits) -> Iterator[Part]:
    with open_text(file) as text:
        head = Head(clean_title(PurePath(name).stem))
        yield from cut(head, _rows(text), "row", BETWEEN_PIECES)


def _rows(text: TextIO) -> Iterator[Piece]:
    number = 0
    while line := text.readline(LINE_MAX_CHARACTERS + 1):
        number += 1
        if len(line) > LINE_MAX_CHARACTERS:
            raise _unreadable(number, f"is longer than {LINE_MAX_CHARACTERS:,} characters")
        line = line.lstrip(MARK)
        if line.strip():
            yield Piece(_as_text(_parsed(line, number)), number)


def _parsed(line: str, number: int) -> Any:  # noqa: ANN401
    try:
        return json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise _unreadable(number, "is not JSON") from None


def _as_text(value: Any) -> str:  # noqa: ANN401
    """Return the texts of an object. One that has none of the usual ones is all its fields."""
    if not isinstance(value, dict):
        return _shown(value)
    texts = {key: value[key] for key in TEXTS if _is_text(value.get(key))}
    if texts.keys() - {TITLE}:
        return "\n\n".join(texts.values())
    shown = ((key, _shown(each)) for key, each in value.items())
    return "\n".join(f"{key}: {text}" for key, text in shown if text.strip())


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _shown(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _unreadable(number: int, problem: str) -> ExtractionFailed:
    return ExtractionFailed(FileErrorCode.UNREADABLE, f"Line {number:,} {problem}.")
