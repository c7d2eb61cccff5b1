"""Reads files of text in any common encoding, in bounded memory."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from shared.adapters.extraction.encodings import encoding_of

MARK = "\ufeff"
"""It begins a file, and is within one that was put together from several."""
LINE_CHARACTERS = 64 * 1024
"""A longer line is read in pieces."""


def open_text(path: Path, declared: str | None = None) -> TextIO:
    """Open a text for reading. Bytes that its encoding does not know are replaced."""
    with path.open("rb") as file:
        encoding = encoding_of(file, declared)
    return path.open(encoding=encoding, errors="replace")


def decoded(raw: bytes, declared: str | None = None) -> str:
    r"""Return the text of `raw`, with \n as line ends."""
    encoding = encoding_of(io.BytesIO(raw), declared)
    return io.TextIOWrapper(io.BytesIO(raw), encoding, errors="replace").read()


def lines(text: TextIO) -> Iterator[tuple[int, str]]:
    """Yield each line with its number. One that is very long comes in pieces, cut at words."""
    number, kept = 1, ""
    while line := text.readline(LINE_CHARACTERS):
        is_whole = line.endswith("\n") or len(line) < LINE_CHARACTERS
        end = len(line) if is_whole else line.rfind(" ") + 1 or len(line)
        yield number, kept + line[:end]
        kept = line[end:]
        number += line.endswith("\n")
    if kept:
        yield number, kept
