"""The result of a bulk import."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from shared.domain.errors import InkdexError
from shared.domain.refs import Collection

REJECTIONS_KEPT = 1000
REJECTIONS_MAX = 10_000
"""An import with more rejections is given up: its lines are something else than documents."""
BLANK_LINES_MAX = 100_000
REASON_CHARACTERS = 500
ID_CHARACTERS = 1000
NOT_REPLACED = "was not replaced"
"""Begins the reason for a line whose document another source wrote."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A line that is not a valid document: its number from 1, its id if it has one, and why.

    A file has the number 0, and its name as id. If `is_elsewhere`, the line is for a collection
    that the import does not name, so that whoever sees the import may not know the collection.
    If `is_skipped`, the client left it out by its own rules.
    """

    line: int
    id: str | None
    error: str
    is_elsewhere: bool = False
    is_skipped: bool = False


@dataclass(frozen=True, slots=True)
class NotSent:
    """What a client did not send, and how much more of it has no names."""

    collection: Collection
    named: Sequence[Rejection]
    more_rejected: int
    more_skipped: int

    @property
    def names(self) -> list[str]:
        return [each.id for each in self.named if each.id is not None]

    @property
    def rejected(self) -> int:
        return sum(not each.is_skipped for each in self.named) + self.more_rejected

    @property
    def skipped(self) -> int:
        return sum(each.is_skipped for each in self.named) + self.more_skipped

    def without(self, known: Container[tuple[str | None, bool]]) -> "NotSent | None":
        """Return what is new, each name once, as far as the names are known.

        If no name is new, all was told before, with what has no names.
        """
        by_name = {(each.id, each.is_skipped): each for each in self.named}
        new = [each for name, each in by_name.items() if name not in known]
        return replace(self, named=new) if new else None


@dataclass(slots=True)
class BulkReport:
    """Counts of a request of an import, with the first REJECTIONS_KEPT rejections."""

    import_key: int | None = None
    """The key of the import, if it has a handle."""
    accepted: int = 0
    replaced: int = 0
    """How many of the accepted documents existed before."""
    unchanged: int = 0
    vectors_taken: int = 0
    """How many documents of the lines came with vectors that a worker can compare."""
    bytes: int = 0
    collections: set[Collection] = field(default_factory=set)
    rejected_count: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    def reject(self, line: int, id_: str | None, error: str, *, is_elsewhere: bool = False) -> None:
        self.rejected_count += 1
        if len(self.rejected) < REJECTIONS_KEPT:
            shown = id_ and id_[:ID_CHARACTERS]
            self.rejected.append(Rejection(line, shown, error[:REASON_CHARACTERS], is_elsewhere))


class ImportStopped(InkdexError):
    """An import ended before its last line. `report` says how far it came."""

    def __init__(
        self, cause: InkdexError, report: BulkReport, line: int, import_id: UUID | None = None
    ) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.report = report
        self.line = line
        self.import_id = import_id
