"""The rules: everything that writers, workers and the clock may do, in any order."""

import sys
from dataclasses import replace
from typing import Any
from uuid import uuid4

from hypothesis import strategies
from hypothesis.stateful import consumes, invariant, multiple, precondition, rule

from shared.db.documents import delete_documents, read_documents, write_documents
from shared.db.embedding import claims, jobs
from shared.domain.documents.document import Lane, NewDocument, Status
from shared.domain.documents.writes import WriteMode
from shared.domain.embedding.jobs import Claim
from shared.domain.refs import DEFAULT_TENANT, Collection, DocumentRef, Tenant
from shared.domain.search.lexing.documents import lexed_document
from tests.services.embedding.job_life.machine import (
    CLAIMS,
    FAR_SECONDS,
    LEASE_SECONDS,
    HeldClaim,
    Machine,
    claim_limits,
)
from tests.services.embedding.job_life.row_checks import check_database
from tests.support.collections import named
from tests.support.worker_harness import POISON

REFS = [
    DocumentRef(named("c"), "a"),
    DocumentRef(named("c"), "b"),
    DocumentRef(named("c"), "c"),
    DocumentRef(named("other"), "a"),
]

refs = strategies.sampled_from(REFS)
lanes = strategies.sampled_from([Lane.INTERACTIVE, Lane.BULK])
titles = strategies.sampled_from([None, "T"])
contents = strategies.sampled_from(["one", "two", f"{POISON} three"])
metadatas = strategies.sampled_from([{}, {"k": 1}, {"k": 2}])
limits = strategies.sampled_from([1, 2, 100])
parts = strategies.sampled_from([slice(None), slice(None, 1), slice(1, None)])


class WriterRules(Machine):
    @rule(ref=refs, title=titles, content=contents, metadata=metadatas)
    def put(
        self, ref: DocumentRef, title: str | None, content: str, metadata: dict[str, int]
    ) -> None:
        self.write(new_document(ref, title, content, metadata), WriteMode.UPSERT)

    @rule(ref=refs, content=contents)
    def edit_text(self, ref: DocumentRef, content: str) -> None:
        if (before := self.expected.by_ref.get(ref)) is not None:
            self.write(replace(before.new, content=content), WriteMode.UPSERT)

    @rule(ref=refs, title=titles)
    def edit_title(self, ref: DocumentRef, title: str | None) -> None:
        if (before := self.expected.by_ref.get(ref)) is not None:
            self.write(replace(before.new, title=title), WriteMode.UPSERT)

    @rule(ref=refs, metadata=metadatas)
    def edit_metadata(self, ref: DocumentRef, metadata: dict[str, int]) -> None:
        if (before := self.expected.by_ref.get(ref)) is not None:
            self.write(replace(before.new, metadata=metadata), WriteMode.UPSERT)

    @rule(ref=refs, title=titles, content=contents)
    def create(self, ref: DocumentRef, title: str | None, content: str) -> None:
        new = new_document(ref, title, content, {})
        if ref not in self.expected.by_ref:
            self.write(new, WriteMode.CREATE)
            return
        written = self.connections.run(
            write_documents.accept(
                self.connections.writer, lexed_document(new), Lane.INTERACTIVE, WriteMode.CREATE
            )
        )
        assert not written.created
        assert not written.owed

    @rule(ref=refs, content=contents, metadata=metadatas, off=strategies.sampled_from([0, 0, 1]))
    def replace_version(
        self, ref: DocumentRef, content: str, metadata: dict[str, int], off: int
    ) -> None:
        before = self.expected.by_ref.get(ref)
        new = new_document(ref, None, content, metadata)
        if before is not None and off == 0:
            self.write(new, WriteMode.REPLACE_VERSION, before.version)
            return
        version = (before.version if before else 1) - off
        written = self.connections.run(
            write_documents.accept(
                self.connections.writer,
                lexed_document(new),
                Lane.INTERACTIVE,
                WriteMode.REPLACE_VERSION,
                version,
            )
        )
        assert written.document is None

    @rule(
        batch=strategies.lists(
            strategies.tuples(refs, titles, contents, metadatas),
            min_size=1,
            unique_by=lambda line: line[0],
        )
    )
    def bulk(self, batch: list[tuple[DocumentRef, str | None, str, dict[str, int]]]) -> None:
        lines = [new_document(*line) for line in batch]
        changes = [self.expected.write(new, Lane.BULK) for new in lines]
        written, owed, _ = self.connections.run(
            write_documents.accept_many(
                self.connections.writer, list(map(lexed_document, lines)), Lane.BULK
            )
        )
        assert written == sum(changed for changed, _ in changes)
        assert owed == sum(needs_embedding for _, needs_embedding in changes)

    @rule(ref=refs, off=strategies.sampled_from([None, 0, 1]))
    def delete(self, ref: DocumentRef, off: int | None) -> None:
        before = self.expected.by_ref.get(ref)
        version = None if off is None else (before.version if before else 1) + off
        found, deleted = self.connections.run(
            delete_documents.delete(self.connections.writer, ref, version)
        )
        assert found == (before is not None)
        assert deleted == (found and off != 1)
        if deleted:
            del self.expected.by_ref[ref]

    @rule(ref=refs)
    def retry_one(self, ref: DocumentRef) -> None:
        self.retry([ref], ref.collection, ref.id)

    @rule(within=strategies.sampled_from([DEFAULT_TENANT, named("c")]))
    def retry_all(self, within: Collection | Tenant) -> None:
        refs = [ref for ref in REFS if within in {DEFAULT_TENANT, ref.collection}]
        self.retry(refs, within)


class WorkerRules(Machine):
    @rule(target=CLAIMS, lane=lanes, limit=limits)
    def claim_documents(self, lane: Lane, limit: int) -> Any:  # noqa: ANN401 - or `multiple()`
        claim = self.claim(lane, limit)
        return HeldClaim(claim.token, claim=claim) if claim.jobs else multiple()

    @rule(target=CLAIMS, lane=lanes, limit=limits)
    def lease_documents(self, lane: Lane, limit: int) -> Any:  # noqa: ANN401 - or `multiple()`
        """Only lease. Reading the documents is a later step."""
        token, worker = uuid4(), self.connections.worker
        leased = claims._lease(
            worker, self.connections.model_id, lane, claim_limits(limit), LEASE_SECONDS, token
        )
        by_key = self.connections.refs()
        self.expected.lease(lane, limit, token, {by_key[key] for key in leased})
        return HeldClaim(token, leased) if leased else multiple()

    @rule(held=CLAIMS)
    def read_leased_documents(self, held: HeldClaim) -> None:
        if held.claim is None:
            model_id = self.connections.model_id
            read = claims._read(self.connections.worker, model_id, held.leased)
            self.check_read(read)
            held.claim = Claim(held.token, model_id, read)

    @rule(held=CLAIMS, part=parts)
    def store_part(self, held: HeldClaim, part: slice) -> None:
        if held.claim is not None:
            self.store(held.claim, held.claim.jobs[part])

    @rule(held=consumes(CLAIMS), part=parts)
    def store_twice(self, held: HeldClaim, part: slice) -> None:
        if held.claim is not None:
            self.store(held.claim, held.claim.jobs[part])
            self.store(held.claim, held.claim.jobs)

    @rule(held=CLAIMS, part=parts, delay=strategies.sampled_from([None, 0.0, FAR_SECONDS]))
    def fail_part(self, held: HeldClaim, part: slice, delay: float | None) -> None:
        if held.claim is not None:
            self.fail(held.claim, held.claim.jobs[part], delay)

    @rule(held=CLAIMS)
    def release(self, held: HeldClaim) -> None:
        if held.claim is not None:
            jobs.release(self.connections.worker, held.claim)
            for job in self.expected.leased_jobs(held.claim).values():
                job.release()

    @rule(held=CLAIMS)
    def renew(self, held: HeldClaim) -> None:
        if held.claim is not None:
            renewed = claims.renew(self.connections.worker, held.claim, LEASE_SECONDS)
            leased = self.expected.leased_jobs(held.claim)
            assert renewed == bool(leased)
            for job in leased.values():
                job.leased = True

    @rule(held=consumes(CLAIMS))
    def crash(self, held: HeldClaim) -> None:
        """The worker dies. Only the database knows its claim."""

    @rule()
    def sweep(self) -> None:
        stalled = set(jobs.stalled_lanes(self.connections.worker))
        due_jobs = [job for job in self.expected.jobs() if job.due]
        for lane in Lane:
            claimable = any(job.claimable and job.lane is lane for job in due_jobs)
            leased = any(job.leased and job.lane is lane for job in due_jobs)
            assert (lane in stalled) == (claimable and not leased)
        for lane in stalled:
            self.drain(lane)


class ClockRules(Machine):
    @rule(held=CLAIMS)
    def expire_one_lease(self, held: HeldClaim) -> None:
        self.connections.worker.execute(
            "UPDATE jobs SET lease_until = now() - interval '1 s' WHERE lease_token = %s",
            (held.token,),
        )
        self.expected.expire(held.token)

    @precondition(lambda self: any(job.leased for job in self.expected.jobs()))
    @rule()
    def expire_all_leases(self) -> None:
        self.expire_leases()

    @precondition(lambda self: any(not job.due for job in self.expected.jobs()))
    @rule()
    def end_all_delays(self) -> None:
        self.end_delays()


class JobLife(WriterRules, WorkerRules, ClockRules):
    @invariant()
    def database_is_as_expected(self) -> None:
        check_database(self.connections.worker, self.connections.model_id, self.expected.by_ref)

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self._finish()

    def _finish(self) -> None:
        """Embed everything after all leases and delays are over."""
        self.expire_leases()
        self.end_delays()
        for lane in Lane:
            self.drain(lane)
        self.database_is_as_expected()
        for ref, expected in self.expected.by_ref.items():
            stored = self.connections.run(read_documents.read(self.connections.writer, ref))
            assert stored is not None
            assert stored.status is expected.status is not Status.PENDING
            assert (stored.error is not None) == (stored.status is Status.FAILED)
        assert jobs.stalled_lanes(self.connections.worker) == {}


def new_document(
    ref: DocumentRef, title: str | None, content: str, metadata: dict[str, int]
) -> NewDocument:
    return NewDocument(ref, title, content, dict(metadata))
