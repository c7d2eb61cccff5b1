"""Reads multipart/form-data in constant memory: fields as a whole, files as they arrive."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

from api.http.body import require_content_type
from shared.domain.errors import FieldError, InvalidInput
from shared.services.operations.long_work import Pauses

MULTIPART = "multipart/form-data"
BOUNDARY_MAX_BYTES = 70
"""RFC 2046."""
HEADER_MAX_BYTES = 8 * 1024
HEADERS_MAX = 10
PARTS_MAX = 200
FIELD_MAX_BYTES = 128 * 1024
"""Metadata of 64 KiB, whose JSON may have white space."""
SLICE_BYTES = 64 * 1024
NAME_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class FieldPart:
    """A field of a form."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class FileBegins:
    """A file begins. `filename` is as it was sent, not necessarily UTF-8."""

    name: str
    filename: bytes
    media_type: str | None


@dataclass(frozen=True, slots=True)
class FileData:
    data: bytes


@dataclass(frozen=True, slots=True)
class FileEnds:
    pass


Piece = FieldPart | FileBegins | FileData | FileEnds


def boundary_of(request: Request) -> bytes:
    """Return what separates the parts of a body; raises 415 and InvalidInput."""
    require_content_type(request, frozenset({MULTIPART}))
    _, options = parse_options_header(request.headers["content-type"])
    boundary: bytes = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= BOUNDARY_MAX_BYTES:
        raise _invalid(f"the Content-Type must name a boundary of 1 to {BOUNDARY_MAX_BYTES} bytes")
    return boundary


async def pieces(
    chunks: AsyncIterator[bytes], boundary: bytes, pauses: Pauses
) -> AsyncIterator[Piece]:
    """Yield the fields and the files of a body. Raises InvalidInput, and 413 for a long field."""
    form = _Form()
    parser = MultipartParser(
        boundary,
        form.callbacks(),
        max_header_count=HEADERS_MAX,
        max_header_size=HEADER_MAX_BYTES,
    )
    async for chunk in chunks:
        for start in range(0, len(chunk), SLICE_BYTES):
            _feed(parser, chunk[start : start + SLICE_BYTES])
            for piece in form.taken():
                yield piece
            await pauses.pause()
    if not form.has_ended:
        raise _invalid("the last part does not end")


def _feed(parser: MultipartParser, data: bytes) -> None:
    try:
        parser.write(data)
    except MultipartParseError as error:
        # The parser's message may quote the body.
        raise _invalid("not multipart/form-data, or a part's header is too long") from error


@dataclass(slots=True)
class _Part:
    """A part whose header or body arrives."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    is_file: bool = False
    value: bytearray = field(default_factory=bytearray)


class _Form:
    """Makes pieces of what the parser finds."""

    def __init__(self) -> None:
        self.has_ended = False
        self._parts = 0
        self._part = _Part()
        self._header = (bytearray(), bytearray())
        self._pieces: list[Piece] = []

    def taken(self) -> list[Piece]:
        """Return the pieces since the last call."""
        taken, self._pieces = self._pieces, []
        return taken

    def callbacks(self) -> Any:  # noqa: ANN401 - the parser's TypedDict
        return {
            "on_part_begin": self._begin,
            "on_header_begin": self._begin_header,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_part_data": self._data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > PARTS_MAX:
            raise _invalid(f"has more than {PARTS_MAX} parts; send several requests")
        self._part = _Part()

    def _begin_header(self) -> None:
        self._header = (bytearray(), bytearray())

    def _end_header(self) -> None:
        name, value = self._header
        self._part.headers[bytes(name).lower()] = bytes(value)

    def _open(self) -> None:
        part = self._part
        _, options = parse_options_header(part.headers.get(b"content-disposition", b""))
        part.name = _decoded(options.get(b"name", b""))
        part.is_file = b"filename" in options
        if part.is_file:
            media_type = _media_type(part.headers)
            self._pieces.append(FileBegins(part.name, options[b"filename"], media_type))

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.is_file:
            self._pieces.append(FileData(data[start:end]))
            return
        part.value.extend(data[start:end])
        if len(part.value) > FIELD_MAX_BYTES:
            raise HTTPException(413, f"A field is over {FIELD_MAX_BYTES:,} bytes.")

    def _end_part(self) -> None:
        part = self._part
        piece = FileEnds() if part.is_file else FieldPart(part.name, bytes(part.value))
        self._pieces.append(piece)

    def _end(self) -> None:
        self.has_ended = True


def _media_type(headers: Mapping[bytes, bytes]) -> str | None:
    given = _decoded(headers.get(b"content-type", b"")).partition(";")[0].strip().lower()
    return given[:NAME_CHARACTERS] or None


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(FieldError(("body",), message))
