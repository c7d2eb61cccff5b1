"""Reads JSON documents one at a time: one on each line of a file, or the elements of an array."""

import codecs
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

VALUE_MAX_BYTES = 16 << 20
"""More than the server takes for a document."""
PIECE_BYTES = 1 << 20
BROKEN = "is not valid JSON, and nothing behind it is read"
SPACE = b"\xef\xbb\xbf \t\r\n"

_DECODER = json.JSONDecoder()
_ARRAY = re.compile(
    rb'(?:\{\s*(?:"next_cursor"\s*:\s*(?:null|"[^"\\]*")\s*,\s*)?"items"\s*:\s*)?\['
)
"""How an array begins, or a page of documents as the server lists them."""
_SPACES, _BETWEEN = re.compile(r"[ \t\r\n]*"), re.compile(r"[ \t\r\n,]*")


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it is, for messages. `problem` completes a sentence about what is none."""

    where: str
    value: Any = None
    text: str = ""
    """The value as it is written."""
    problem: str = ""


def values(file: io.BufferedReader) -> Iterator[Value]:
    """Yield each line, or each element of an array. Blank lines count and are left out."""
    number = 1 + _skip_blank_lines(file)
    if begun := _ARRAY.match(file.peek()):
        file.read(begun.end())
        yield from _elements(file)
        return
    while line := _line(file):
        if line.strip(SPACE):
            yield _value(f"line {number}", line)
        number += 1


def has_values(file: io.BufferedReader) -> bool:
    """Say whether a file is an array, or its first line is JSON."""
    _skip_blank_lines(file)
    return bool(_ARRAY.match(file.peek())) or not _value("line 1", _line(file)).problem


def _skip_blank_lines(file: io.BufferedReader) -> int:
    """Skip blank lines and a byte order mark, and return how many lines."""
    lines = 0
    while (head := file.peek()) and (blank := len(head) - len(head.lstrip(SPACE))):
        lines += file.read(blank).count(b"\n")
    return lines


def _line(file: io.BufferedReader) -> bytes:
    """Return the next line. Of one that is too long, only the beginning is kept."""
    line = rest = file.readline(VALUE_MAX_BYTES + 1)
    while len(line) > VALUE_MAX_BYTES and not rest.endswith(b"\n") and rest:
        rest = file.readline(PIECE_BYTES)
    return line


def _value(where: str, line: bytes) -> Value:
    if len(line) > VALUE_MAX_BYTES:
        return Value(where, problem=f"is longer than {VALUE_MAX_BYTES:,} bytes")
    try:
        text = line.strip(SPACE).decode()
        return Value(where, json.loads(text), text)
    except UnicodeDecodeError:
        problem = "is not UTF-8"
    except json.JSONDecodeError as error:
        problem = f"is not valid JSON: {error.msg} at column {error.colno}"
    except ValueError:
        problem = "has a number that is too long"
    except RecursionError:
        problem = "is nested too deeply"
    return Value(where, problem=problem)


def _elements(file: io.BufferedReader) -> Iterator[Value]:
    """Yield the elements of an array, of which at most one is in memory."""
    # A byte that is not UTF-8 becomes a character that the server refuses, with its document.
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    text, start, is_over, number = "", 0, False, 1
    while not text.startswith("]", start := _behind(_BETWEEN, text, start)):
        found = _element(text, start)
        if found is not None:
            value, end = found
            yield Value(f"document {number}", value, text[start:end])
            start, number = end, number + 1
        elif is_over or len(text) - start > VALUE_MAX_BYTES:
            yield Value(f"document {number}", problem=BROKEN)
            return
        else:
            piece = file.read(PIECE_BYTES)
            is_over = not piece
            text, start = text[start:] + decoder.decode(piece, final=is_over), 0


def _behind(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Return where the pattern, which can be empty, ends that begins at `start`."""
    found = pattern.match(text, start)
    assert found is not None, "it can be empty"
    return found.end()


def _element(text: str, start: int) -> tuple[Any, int] | None:
    """Return the value at `start` and its end, or None if it is not complete."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    is_complete = text.startswith((",", "]"), _behind(_SPACES, text, end))
    return (value, end) if is_complete else None
