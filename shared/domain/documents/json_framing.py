"""Cut a stream of bytes into JSON values while holding one value at most.

Both framers are push parsers: `feed` takes the next bytes and returns the frames they complete,
`close` returns the rest. A frame larger than `max_bytes` is dropped as it arrives and returned as
None, so memory stays bounded whatever a client sends.
"""

import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field
from typing import Protocol

from shared.domain.errors import FieldError, InvalidInput, TooManyRejections

Frame = bytes | None
PAGE_START_BYTES = 1000
"""A page has no more bytes before its array."""


MARKS_MAX = 200_000
"""To find the end of an element takes about a microsecond for each."""


class Framer(Protocol):
    """A push parser from chunks of bytes to frames."""

    @property
    def held(self) -> int:
        """The bytes of the incomplete frame."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the frames that `chunk` completes."""

    def close(self) -> list[Frame]:
        """Return the rest at the end of the stream; an incomplete value is not valid JSON."""


@dataclass(slots=True)
class _Buffer:
    """The incomplete frame; it is dropped once it exceeds `max_bytes`."""

    max_bytes: int
    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    @property
    def held(self) -> int:
        return self.size if self.size <= self.max_bytes else 0

    def append(self, part: bytes) -> None:
        self.size += len(part)
        if self.size <= self.max_bytes:
            self.parts.append(part)
        else:
            self.parts.clear()

    def take(self) -> Frame:
        whole = b"".join(self.parts) if self.size <= self.max_bytes else None
        self.parts.clear()
        self.size = 0
        return whole


class LineFramer:
    """Newline-delimited JSON, one frame per line. Empty lines count, so line numbers are right."""

    def __init__(self, max_bytes: int) -> None:
        self._line = _Buffer(max_bytes)

    @property
    def held(self) -> int:
        return self._line.held

    def feed(self, chunk: bytes) -> list[Frame]:
        *complete, rest = chunk.split(b"\n")
        frames = []
        for part in complete:
            self._line.append(part)
            frames.append(self._line.take())
        self._line.append(rest)
        return frames

    def close(self) -> list[Frame]:
        """Return the last line if no newline ended it."""
        return [self._line.take()] if self._line.size else []


class ArrayStart:
    """Finds where an array of documents begins in a body.

    The body is the array itself, or a page as `GET /v1/documents` returns it.
    """

    _start = re.compile(
        rb"""(?:\{\s*(?:"next_cursor"\s*:\s*(?:null|"[^"\\]*")\s*,\s*)?"items"\s*:\s*)?(?=\[)"""
    )

    def __init__(self) -> None:
        self._head: bytes | None = b""

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes of the array so far; raises InvalidInput if the body has none."""
        if self._head is None:
            return chunk
        self._head = (self._head + chunk).removeprefix(BOM_UTF8).lstrip()
        if match := self._start.match(self._head):
            array, self._head = self._head[match.end() :], None
            return array
        if len(self._head) > PAGE_START_BYTES:
            self.close()
        return b""

    def close(self) -> None:
        """Raise InvalidInput if no array began."""
        if self._head is not None:
            raise InvalidInput(FieldError(("body",), "must be a JSON array of documents"))


class ArrayFramer:
    """A JSON array, one frame per element, cut at commas outside of strings and brackets."""

    _structure = re.compile(rb'["\[\]{},]')
    _rest_of_string = re.compile(rb'(?:[^"\\]++|\\[\s\S])*+')

    def __init__(self, max_bytes: int) -> None:
        self._element = _Buffer(max_bytes)
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._marks = 0

    @property
    def held(self) -> int:
        return self._element.held

    def feed(self, chunk: bytes) -> list[Frame]:
        frames: list[Frame] = []
        position = start = 0
        while position < len(chunk):
            position = self._skip_string(chunk, position)
            if self._in_string or not (match := self._structure.search(chunk, position)):
                break
            position = match.end()
            start = self._handle_structure(match.group(), chunk, start, match.start(), frames)
        if self._depth:
            self._element.append(chunk[start:])
        return frames

    def close(self) -> list[Frame]:
        """Return the rest of an array that was not closed, made invalid by an ellipsis."""
        rest = self._element.take()
        return [(rest or b"") + b"..."] if self._depth else []

    def _skip_string(self, chunk: bytes, position: int) -> int:
        if not self._in_string or position == len(chunk):
            return position
        match = self._rest_of_string.match(chunk, position + self._escaped)
        end = match.end() if match else position
        # A backslash at the end escapes the first character of the next chunk.
        self._escaped = chunk.startswith(b"\\", end)
        self._in_string = self._escaped or end == len(chunk)
        return len(chunk) if self._in_string else end + 1

    def _handle_structure(
        self, mark: bytes, chunk: bytes, start: int, at: int, frames: list[Frame]
    ) -> int:
        """Handle one structural character; return the start of the next element's bytes."""
        self._marks += 1
        if self._marks > MARKS_MAX:
            raise TooManyRejections(
                f"An element of the array has more than {MARKS_MAX:,} brackets, quotes and commas."
            )
        if self._depth == 0:
            self._depth = int(mark == b"[")
            return at + 1
        if mark == b'"':
            self._in_string = True
        elif mark in b"[{":
            self._depth += 1
        elif mark in b"]}":
            self._depth -= 1
        # A comma ends an element of the outer array. A closing bracket ends the last element too.
        if self._depth > (1 if mark == b"," else 0):
            return start
        self._element.append(chunk[start:at])
        frame = self._element.take()
        if mark == b"," or frame is None or frame.strip():
            frames.append(frame)
            self._marks = 0
        return at + 1
