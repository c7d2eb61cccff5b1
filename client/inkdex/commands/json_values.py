"""Reads JSON documents one at a time: one on each line of a file, or the elements of an array."""

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from inkdex.errors import InkdexError

VALUE_MAX_BYTES = 16 << 20
"""More than the server takes for a document."""
PIECE_BYTES = 1 << 20
SPACE = b"\xef\xbb\xbf \t\r\n"
NOT_JSON = object()
"""In the place of a line that is not JSON, or is too long."""

_DECODER = json.JSONDecoder()


def values(file: BinaryIO) -> Iterator[tuple[int, Any]]:
    """Yield the number and the value of each line, or of each element of an array.

    Raises InkdexError for an array that is not JSON. Blank lines count and are left out.
    """
    number = 1
    line = _line(file)
    while line and not line.strip(SPACE):
        number += 1
        line = _line(file)
    if line.lstrip(SPACE).startswith(b"["):
        yield from enumerate(_elements(line.lstrip(SPACE)[1:], file), 1)
        return
    while line:
        if line.strip(SPACE):
            yield number, _value(line)
        number += 1
        line = _line(file)


def _line(file: BinaryIO) -> bytes:
    """Return the next line. Of one that is too long, only the beginning is kept."""
    line = rest = file.readline(VALUE_MAX_BYTES + 1)
    is_array = line.lstrip(SPACE).startswith(b"[")
    while len(line) > VALUE_MAX_BYTES and not (is_array or rest.endswith(b"\n") or not rest):
        rest = file.readline(PIECE_BYTES)
    return line


def _value(line: bytes) -> Any:  # noqa: ANN401 - any JSON
    if len(line) > VALUE_MAX_BYTES:
        return NOT_JSON
    try:
        return json.loads(line.lstrip(SPACE))
    except (ValueError, RecursionError):
        return NOT_JSON


def _elements(begun: bytes, file: BinaryIO) -> Iterator[Any]:
    """Yield the elements of an array, of which at most one is in memory."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    text, is_over = decoder.decode(begun), False
    while True:
        text = text.lstrip(" \t\r\n,")
        if text.startswith("]"):
            return
        found = _element(text)
        if found is not None:
            value, end = found
            yield value
            text = text[end:]
        elif is_over or len(text) > VALUE_MAX_BYTES:
            raise InkdexError("The file is not an array of JSON documents.")
        else:
            piece = file.read(PIECE_BYTES)
            is_over = not piece
            text += decoder.decode(piece, final=is_over)


def _element(text: str) -> tuple[Any, int] | None:
    """Return the value at the beginning and its end, or None if it is not complete."""
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    is_complete = text[end:].lstrip(" \t\r\n")[:1] in {",", "]"}
    return (value, end) if is_complete else None
