"""Events: changes of documents, each at a position in the stream."""

from dataclasses import dataclass

from shared.domain.refs import DocumentRef


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A position in the event stream: transactions are ordered by `xid`, their events by `seq`."""

    xid: int
    seq: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.seq}"


@dataclass(frozen=True, slots=True)
class Event:
    """A document's change of status or version."""

    position: Position
    ref: DocumentRef
    status: str
    version: int
