"""The expected state: what each document, job and vector should be after every step."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from shared.domain.documents.document import Lane, NewDocument, Status
from shared.domain.embedding.jobs import Claim, FailedAttempt
from shared.domain.refs import DocumentRef


@dataclass
class ExpectedJob:
    lane: Lane
    attempts: int = 0
    token: UUID | None = None
    leased: bool = False
    due: bool = True
    failed: bool = False
    error: str | None = None

    @property
    def claimable(self) -> bool:
        return not self.failed and self.due and not self.leased

    def lease(self, token: UUID) -> None:
        self.token, self.leased = token, True

    def release(self) -> None:
        self.token, self.leased = None, False

    def fail(self, attempt: FailedAttempt, *, due: bool) -> None:
        self.release()
        self.attempts += 1
        self.error = attempt.message
        self.failed = attempt.delay_seconds is None
        self.due = due

    def retry(self) -> None:
        self.failed, self.attempts, self.due = False, 0, True


@dataclass
class ExpectedDocument:
    """`event_version` is the version that the last event reports."""

    new: NewDocument
    lane: Lane
    job: ExpectedJob | None
    version: int = 1
    content_version: int = 1
    event_version: int = 1
    embedded: NewDocument | None = None
    embedded_version: int | None = None

    @property
    def status(self) -> Status:
        if self.job is None:
            return Status.READY
        return Status.FAILED if self.job.failed else Status.PENDING

    def write(self, new: NewDocument, lane: Lane) -> tuple[bool, bool]:
        """Replace the document. Return whether it changes, and whether it needs an embedding."""
        new_text = new.content_hash != self.new.content_hash
        if not new_text and new.metadata == self.new.metadata:
            return False, False
        self.new = new
        self.version += 1
        if new_text:
            self.lane = lane
            self.content_version = self.version
            self.job = ExpectedJob(lane)
        if new_text or self.status is not Status.PENDING:
            self.event_version = self.version
        return True, new_text

    def store(self) -> None:
        self.job = None
        self.embedded = self.new
        self.embedded_version = self.content_version
        self.event_version = self.version


@dataclass
class ExpectedDocuments:
    by_ref: dict[DocumentRef, ExpectedDocument] = field(default_factory=dict)

    def jobs(self) -> list[ExpectedJob]:
        return [each.job for each in self.by_ref.values() if each.job is not None]

    def write(self, new: NewDocument, lane: Lane) -> tuple[bool, bool]:
        """Return whether the write changes anything, and whether it needs an embedding."""
        if (document := self.by_ref.get(new.ref)) is not None:
            return document.write(new, lane)
        self.by_ref[new.ref] = ExpectedDocument(new, lane, ExpectedJob(lane))
        return True, True

    def retry(self, refs: Iterable[DocumentRef]) -> Counter[Lane]:
        """Make failed documents pending. Return their number by lane."""
        lanes: Counter[Lane] = Counter()
        for document in (self.by_ref[ref] for ref in refs if ref in self.by_ref):
            if document.job is not None and document.job.failed:
                document.job.retry()
                document.event_version = document.version
                lanes[document.job.lane] += 1
        return lanes

    def lease(self, lane: Lane, limit: int, token: UUID, leased: set[DocumentRef]) -> None:
        """Lease documents, and check that they could be leased, and some if there were any.

        A claim divides its limit among the flows, so it can be smaller than the limit.
        """
        claimable = {
            ref: document.job
            for ref, document in self.by_ref.items()
            if document.job is not None and document.job.claimable and document.job.lane is lane
        }
        assert leased <= claimable.keys()
        assert min(1, len(claimable)) <= len(leased) <= limit
        for ref in leased:
            claimable[ref].lease(token)

    def leased_jobs(self, claim: Claim) -> dict[DocumentRef, ExpectedJob]:
        """Return the jobs that still have the lease of a claim."""
        documents = ((job.ref, self.by_ref.get(job.ref)) for job in claim.jobs)
        return {
            ref: document.job
            for ref, document in documents
            if document is not None and document.job and document.job.token == claim.token
        }

    def fail(self, claim: Claim, attempts: Sequence[FailedAttempt], far_seconds: float) -> None:
        leased = self.leased_jobs(claim)
        for attempt in attempts:
            ref = attempt.job.ref
            if ref in leased:
                leased[ref].fail(attempt, due=attempt.delay_seconds != far_seconds)
                if leased[ref].failed:
                    self.by_ref[ref].event_version = self.by_ref[ref].version

    def expire(self, token: UUID | None = None) -> None:
        """Expire the leases of one claim, or of all."""
        for job in self.jobs():
            if token in {None, job.token}:
                job.leased = False

    def end_delays(self) -> None:
        for job in self.jobs():
            job.due = True
