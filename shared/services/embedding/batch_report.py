"""The result of embedding a batch of documents."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class BatchReport:
    """Document ids by outcome. Flower shows it, so the longest list comes last.

    `left` documents changed while they were embedded; `more` tells that others are due.
    """

    failed: list[str] = field(default_factory=list)
    retrying: list[str] = field(default_factory=list)
    left: int = 0
    chunks_embedded: int = 0
    chunks_reused: int = 0
    more: bool = False
    paused: str | None = None
    ready: list[str] = field(default_factory=list)

    @property
    def documents(self) -> int:
        """How many documents have an outcome."""
        return len(self.ready) + len(self.failed) + len(self.retrying) + self.left

    def followed_by(self, later: "BatchReport") -> "BatchReport":
        return BatchReport(
            ready=self.ready + later.ready,
            failed=self.failed + later.failed,
            retrying=self.retrying + later.retrying,
            left=self.left + later.left,
            chunks_embedded=self.chunks_embedded + later.chunks_embedded,
            chunks_reused=self.chunks_reused + later.chunks_reused,
            more=later.more,
            paused=later.paused,
        )

    def beside(self, other: "BatchReport") -> "BatchReport":
        """Return the report of this work and of other work in the same lane."""
        both = self.followed_by(other)
        return replace(both, more=self.more or other.more, paused=other.paused or self.paused)

    def counts(self) -> dict[str, int]:
        """Return what a log line tells of a batch."""
        return {
            "ready": len(self.ready),
            "failed": len(self.failed),
            "retrying": len(self.retrying),
            "left": self.left,
            "chunks_embedded": self.chunks_embedded,
            "chunks_reused": self.chunks_reused,
        }
