"""Limits on a JSON text, checked while it arrives and before anything parses it.

Parsing takes time for each value, and memory many times that of the text. A string is cheap, so
what counts is the text outside of strings.
"""

from starlette.exceptions import HTTPException

STRUCTURE_MAX_BYTES = 192 * 1024
"""Outside of strings, without white space. The metadata of a document has at most 64 KiB."""
VALUES_MAX = 33_000
"""Commas and opening brackets. Metadata of 64 KiB has up to 32,768: `[[], [], ...`."""
ESCAPES_MAX = 1_300_000
"""A content of 1 MiB has fewer. Each takes the parser as long as ten other characters."""
SLICE_BYTES = 64 * 1024
_WHITE_SPACE = b" \t\r\n"


class JsonLimits:
    """Counts the values of one JSON text, of which it is given the bytes in order."""

    def __init__(self) -> None:
        self._in_string = False
        self._escape = b""
        self.structure_bytes = 0
        self._values = 0
        self._escapes = 0

    def feed(self, chunk: bytes) -> None:
        """Count the values of the next bytes; raises HTTPException (413) if there are too many."""
        for start in range(0, len(chunk), SLICE_BYTES):
            self._count(self._outside(chunk[start : start + SLICE_BYTES]))

    def _outside(self, chunk: bytes) -> bytes:
        """Return what is outside of strings, without white space. Their quotes only count."""
        pieces = self._without_escapes(chunk).split(b'"')
        self.structure_bytes += len(pieces) - 1
        outside = pieces[self._in_string :: 2]
        self._in_string ^= len(pieces) % 2 == 0
        return b"".join(outside).translate(None, _WHITE_SPACE)

    def _without_escapes(self, chunk: bytes) -> bytes:
        r"""Remove `\\` and `\"`. A backslash at the end belongs to the next chunk."""
        text = self._escape + chunk
        rest = text.replace(b"\\\\", b"")
        self._escapes += (len(text) - len(rest)) // 2 + rest.count(b"\\")
        self._escape = b"\\" if rest.endswith(b"\\") else b""
        self._escapes -= len(self._escape)
        return rest.removesuffix(self._escape).replace(b'\\"', b"")

    def _count(self, structure: bytes) -> None:
        self.structure_bytes += len(structure)
        self._values += structure.count(b",") + structure.count(b"[") + structure.count(b"{")
        _check(self._values, VALUES_MAX, "values")
        _check(self.structure_bytes, STRUCTURE_MAX_BYTES, "bytes outside of its strings")
        _check(self._escapes, ESCAPES_MAX, "escaped characters")


def _check(count: int, limit: int, name: str) -> None:
    if count > limit:
        raise HTTPException(413, f"The JSON has more than {limit:,} {name}.")
