"""Events: changes of documents, each at a position in the stream."""

import struct
from dataclasses import dataclass

from shared.domain.refs import DocumentRef

_PACKED = struct.Struct(">QQ")
XID_MAX = 2**64 - 1


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A position in the event stream: transactions are ordered by `xid`, their events by `seq`."""

    xid: int
    seq: int

    def packed(self) -> bytes:
        """Return the position in PACKED_BYTES, whose number tells nothing."""
        return _PACKED.pack(self.xid, self.seq)

    @classmethod
    def of_packed(cls, packed: bytes) -> "Position":
        return cls(*_PACKED.unpack(packed))


@dataclass(frozen=True, slots=True)
class Bounds:
    """The last position that was deleted, if any, and the end, from which all events are new."""

    gone: Position | None
    end: Position

    def start(self, after: Position | None) -> Position:
        """Return where a reader continues.

        A position beyond the end belongs to another database. Nothing would ever follow it.
        """
        return min(after or self.end, self.end)

    def misses(self, after: Position | None) -> bool:
        """Return whether events after a position are no longer there."""
        if after is None:
            return False
        was_deleted = self.gone is not None and after < self.gone <= self.end
        return was_deleted or after > self.end


@dataclass(frozen=True, slots=True)
class Event:
    """A document's change of status or version."""

    position: Position
    ref: DocumentRef
    status: str
    version: int
