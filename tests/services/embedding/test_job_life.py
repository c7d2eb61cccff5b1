"""Any interleaving of a job's life keeps I1 to I3, on the real database against a model.

The statements are called one after another, in any order: whatever two processes can do to each
other between their transactions, they do here. Lease and read of a claim are steps of their own.
A longer run: JOB_LIFE_EXAMPLES=2000 pytest tests/services/test_job_life.py
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, strategies
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.config import Settings
from shared.db.documents import (
    delete_documents,
    read_documents,
    retry_documents,
    write_documents,
)
from shared.db.embedding import chunks, jobs
from shared.db.embedding import claims as leases
from shared.db.kit.pool import AsyncConnection, Connection
from shared.db.kit.session import connection_options
from shared.db.models import embedding_models
from shared.domain.documents.document import Document, Lane, NewDocument, Status
from shared.domain.documents.writes import WriteMode
from shared.domain.embedding.chunks import embedded_text
from shared.domain.embedding.jobs import Claim, ClaimLimits, FailedAttempt, Job, NewChunk
from shared.domain.errors import RejectionCode
from shared.domain.models.identity import ModelIdentity
from shared.domain.refs import DocumentRef
from tests.support.worker_harness import DIMENSIONS, POISON, vector_of

Held = dict[str, Any]

REFS = [
    DocumentRef("c", "a"),
    DocumentRef("c", "b"),
    DocumentRef("c", "c"),
    DocumentRef("other", "a"),
]
LEASE_SECONDS = 1000.0
FAR_SECONDS = 1000.0

refs = strategies.sampled_from(REFS)
lanes = strategies.sampled_from(list(Lane))
titles = strategies.sampled_from([None, "T"])
contents = strategies.sampled_from(["one", "two", f"{POISON} three"])
metadatas = strategies.sampled_from([{}, {"k": 1}, {"k": 2}])
limits = strategies.sampled_from([1, 2, 100])
parts = strategies.sampled_from([slice(None), slice(None, 1), slice(1, None)])

STATE = """
SELECT d.key, d.collection, d.id, d.title, d.content, d.metadata, d.content_hash, d.version,
    d.content_version, d.lane,
    x.lexemes = document_lexemes(x.language, d.title, d.content) AS findable,
    (SELECT json_agg(json_build_object('model', model_id, 'lane', j.lane, 'attempts', attempts,
        'version', j.version, 'token', lease_token, 'live', lease_until >= now(),
        'has_until', lease_until IS NOT NULL, 'due', available_at <= now(),
        'failed', failed_at IS NOT NULL, 'code', error_code, 'message', error_message))
        FROM jobs j WHERE j.document_key = d.key) AS jobs,
    (SELECT json_agg(json_build_object('hash', encode(e.content_hash, 'hex'),
        'chunks', e.chunks, 'version', e.version))
        FROM embeddings e WHERE e.document_key = d.key) AS embeddings,
    (SELECT json_agg(json_build_object('hash', encode(c.text_hash, 'hex'), 'end', c.end_offset,
        'vector', c.embedding::real[])) FROM chunks c WHERE c.document_key = d.key) AS chunks,
    (SELECT ARRAY[v.status, v.version::text] FROM events v
        WHERE v.collection = d.collection AND v.id = d.id ORDER BY xid DESC, seq DESC LIMIT 1)
        AS last_event
FROM documents d LEFT JOIN document_texts x ON x.document_key = d.key
"""
ORPHANS = """
SELECT (SELECT count(*) FROM jobs WHERE document_key NOT IN (SELECT key FROM documents))
    + (SELECT count(*) FROM embeddings WHERE document_key NOT IN (SELECT key FROM documents))
    + (SELECT count(*) FROM document_texts WHERE document_key NOT IN (SELECT key FROM documents))
    + (SELECT count(*) FROM chunks WHERE (document_key, model_id) NOT IN
        (SELECT document_key, model_id FROM embeddings)) AS orphans
"""


@dataclass
class Owed:
    """What the model knows of a job."""

    lane: Lane
    attempts: int = 0
    token: UUID | None = None
    live: bool = False
    due: bool = True
    failed: bool = False
    reason: str | None = None

    @property
    def claimable(self) -> bool:
        return not self.failed and self.due and not self.live


@dataclass
class Expected:
    """What a document should be."""

    new: NewDocument
    lane: Lane
    version: int = 1
    content_version: int = 1
    announced_version: int = 1
    job: Owed | None = None
    embedded: NewDocument | None = None
    embedded_version: int | None = None

    @property
    def status(self) -> Status:
        if self.job is None:
            return Status.READY
        return Status.FAILED if self.job.failed else Status.PENDING


@dataclass
class World:
    """Connections and the loop, kept for all examples."""

    loop: asyncio.Runner
    writer: AsyncConnection
    worker: Connection
    model_id: int = field(init=False)

    def __post_init__(self) -> None:
        model = embedding_models.adopt(self.worker, ModelIdentity("a-model"))
        embedding_models.learn(self.worker, model, "digest", vector_of("fingerprint"))
        self.model_id = model.id

    def clear(self) -> None:
        self.worker.execute("TRUNCATE documents, events CASCADE")


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    options = connection_options(settings)
    with asyncio.Runner() as loop, psycopg.connect(**options) as worker:
        writer = loop.run(psycopg.AsyncConnection.connect(**options))
        yield World(loop, writer, worker)
        loop.run(writer.close())


class JobLife(RuleBasedStateMachine):
    """Writers, workers, a clock, and a model of what must come of it."""

    claims: Bundle[Held] = Bundle("claims")

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.expected: dict[DocumentRef, Expected] = {}
        self.world.clear()

    # ---- Writers

    @rule(ref=refs, title=titles, content=contents, metadata=metadatas)
    def put(
        self, ref: DocumentRef, title: str | None, content: str, metadata: dict[str, int]
    ) -> None:
        self._write(_new(ref, title, content, metadata), WriteMode.UPSERT)

    @rule(ref=refs, content=contents)
    def edit_text(self, ref: DocumentRef, content: str) -> None:
        if (before := self.expected.get(ref)) is not None:
            self._write(replace(before.new, content=content), WriteMode.UPSERT)

    @rule(ref=refs, title=titles)
    def edit_title(self, ref: DocumentRef, title: str | None) -> None:
        if (before := self.expected.get(ref)) is not None:
            self._write(replace(before.new, title=title), WriteMode.UPSERT)

    @rule(ref=refs, metadata=metadatas)
    def edit_metadata(self, ref: DocumentRef, metadata: dict[str, int]) -> None:
        if (before := self.expected.get(ref)) is not None:
            self._write(replace(before.new, metadata=metadata), WriteMode.UPSERT)

    @rule(ref=refs, title=titles, content=contents)
    def create(self, ref: DocumentRef, title: str | None, content: str) -> None:
        new = _new(ref, title, content, {})
        if ref not in self.expected:
            self._write(new, WriteMode.CREATE)
        else:
            written = self._await(
                write_documents.accept(self.world.writer, new, Lane.INTERACTIVE, WriteMode.CREATE)
            )
            assert not written.created
            assert not written.owed

    @rule(ref=refs, content=contents, metadata=metadatas, off=strategies.sampled_from([0, 0, 1]))
    def replace_version(
        self, ref: DocumentRef, content: str, metadata: dict[str, int], off: int
    ) -> None:
        before = self.expected.get(ref)
        new = _new(ref, None, content, metadata)
        if before is not None and off == 0:
            self._write(new, WriteMode.REPLACE_VERSION, before.version)
            return
        version = (before.version if before else 1) - off
        written = self._await(
            write_documents.accept(
                self.world.writer, new, Lane.INTERACTIVE, WriteMode.REPLACE_VERSION, version
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
        lines = [_new(*line) for line in batch]
        changes = [self._expect(new, Lane.BULK) for new in lines]
        written, owed = self._await(
            write_documents.accept_many(self.world.writer, lines, Lane.BULK)
        )
        assert written == sum(wrote for wrote, _ in changes)
        assert owed == sum(owes for _, owes in changes)

    @rule(ref=refs, off=strategies.sampled_from([None, 0, 1]))
    def delete(self, ref: DocumentRef, off: int | None) -> None:
        before = self.expected.get(ref)
        version = None if off is None else (before.version if before else 1) + off
        found, gone = self._await(delete_documents.delete(self.world.writer, ref, version))
        assert found == (before is not None)
        assert gone == (found and off != 1)
        if gone:
            del self.expected[ref]

    @rule(ref=refs)
    def retry_one(self, ref: DocumentRef) -> None:
        self._retry([ref], ref.collection, ref.id)

    @rule(collection=strategies.sampled_from([None, "c"]))
    def retry_all(self, collection: str | None) -> None:
        self._retry([each for each in REFS if collection in {None, each.collection}], collection)

    # ---- Workers

    @rule(target=claims, lane=lanes, limit=limits)
    def claim(self, lane: Lane, limit: int) -> Any:  # noqa: ANN401 - what Hypothesis calls multiple
        claim = leases.claim(
            self.world.worker, self.world.model_id, lane, _limits(limit), LEASE_SECONDS
        )
        self._expect_leases(lane, limit, claim.token, {job.key for job in claim.jobs})
        self._check_read(claim.jobs)
        return {"claim": claim} if claim.jobs else multiple()

    @rule(target=claims, lane=lanes, limit=limits)
    def lease(self, lane: Lane, limit: int) -> Any:  # noqa: ANN401
        token = uuid4()
        model = self.world.model_id
        leased = leases._lease(self.world.worker, model, lane, _limits(limit), LEASE_SECONDS, token)
        self._expect_leases(lane, limit, token, set(leased))
        return {"token": token, "leased": leased} if leased else multiple()

    @rule(held=claims)
    def read(self, held: Held) -> None:
        if "claim" not in held:
            read = leases._read(self.world.worker, self.world.model_id, held["leased"])
            self._check_read(read)
            held["claim"] = Claim(held["token"], self.world.model_id, read)

    @rule(held=claims, part=parts)
    def store(self, held: Held, part: slice) -> None:
        if "claim" in held:
            self._store(held["claim"], held["claim"].jobs[part])

    @rule(held=consumes(claims), part=parts)
    def store_twice(self, held: Held, part: slice) -> None:
        if "claim" in held:
            self._store(held["claim"], held["claim"].jobs[part])
            self._store(held["claim"], held["claim"].jobs)

    @rule(
        held=claims,
        part=parts,
        delay=strategies.sampled_from([None, 0.0, FAR_SECONDS]),
    )
    def fail(self, held: Held, part: slice, delay: float | None) -> None:
        if "claim" in held:
            self._fail(held["claim"], held["claim"].jobs[part], delay)

    @rule(held=claims)
    def release(self, held: Held) -> None:
        if "claim" in held:
            jobs.release(self.world.worker, held["claim"])
            for _, owed in self._under(held["claim"]):
                owed.token, owed.live = None, False

    @rule(held=claims)
    def renew(self, held: Held) -> None:
        if "claim" in held:
            held_still = leases.renew(self.world.worker, held["claim"], LEASE_SECONDS)
            assert held_still == bool(self._under(held["claim"]))
            for _, owed in self._under(held["claim"]):
                owed.live = True

    @rule(held=consumes(claims))
    def crash(self, held: Held) -> None:
        """The worker dies: nobody knows of its claim but the database."""

    @rule()
    def sweep(self) -> None:
        stalled = set(jobs.stalled_lanes(self.world.worker, self.world.model_id))
        owed = [e.job for e in self.expected.values() if e.job is not None and e.job.due]
        for lane in Lane:
            due = any(job.claimable and job.lane is lane for job in owed)
            leased = any(job.live and job.lane is lane for job in owed)
            assert (lane in stalled) == (due and not leased)
        for lane in stalled:
            self._drain(lane)

    # ---- The clock

    @rule(held=claims)
    def one_lease_expires(self, held: Held) -> None:
        token = held["claim"].token if "claim" in held else held["token"]
        self.world.worker.execute(
            "UPDATE jobs SET lease_until = now() - interval '1 s' WHERE lease_token = %s", (token,)
        )
        for expected in self.expected.values():
            if expected.job is not None and expected.job.token == token:
                expected.job.live = False

    @precondition(lambda self: any(e.job and e.job.live for e in self.expected.values()))
    @rule()
    def all_leases_expire(self) -> None:
        self._expire()

    @precondition(lambda self: any(e.job and not e.job.due for e in self.expected.values()))
    @rule()
    def waits_are_over(self) -> None:
        self._end_waits()

    # ---- What always holds

    @invariant()
    def every_row_is_as_expected(self) -> None:
        rows = {
            DocumentRef(row["collection"], row["id"]): row
            for row in self.world.worker.execute(STATE)
        }
        assert rows.keys() == self.expected.keys()
        for ref, row in rows.items():
            self._check_document(row, self.expected[ref])
            self._check_job(row, self.expected[ref])
            self._check_vectors(row, self.expected[ref])
        orphans = self.world.worker.execute(ORPHANS).fetchone()
        assert orphans is not None
        assert orphans["orphans"] == 0

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self._finish()

    def _finish(self) -> None:
        """Every worker is gone, time passes, and one works it all off."""
        self._expire()
        self._end_waits()
        for lane in Lane:
            self._drain(lane)
        self.every_row_is_as_expected()
        for ref, expected in self.expected.items():
            stored = self._await(read_documents.read(self.world.writer, ref))
            assert stored is not None
            assert stored.status is expected.status is not Status.PENDING
            assert (stored.error is not None) == (stored.status is Status.FAILED)
        assert jobs.stalled_lanes(self.world.worker, self.world.model_id) == []

    # ---- The model of a write

    def _write(self, new: NewDocument, mode: WriteMode, version: int | None = None) -> None:
        created = new.ref not in self.expected
        _, owed = self._expect(new, Lane.INTERACTIVE)
        written = self._await(
            write_documents.accept(self.world.writer, new, Lane.INTERACTIVE, mode, version)
        )
        expected = self.expected[new.ref]
        assert (written.created, written.owed) == (created, owed)
        assert written.document is not None
        self._check_answer(written.document, expected)

    def _expect(self, new: NewDocument, lane: Lane) -> tuple[bool, bool]:
        """Note a write; return whether it changes anything, and whether it owes an embedding."""
        before = self.expected.get(new.ref)
        if before is None:
            self.expected[new.ref] = Expected(new, lane, job=Owed(lane))
            return True, True
        owes = new.content_hash != before.new.content_hash
        if not owes and new.metadata == before.new.metadata:
            return False, False
        before.new = new
        before.version += 1
        if owes:
            before.lane = lane
            before.content_version = before.version
            before.job = Owed(lane)
        if owes or before.status is not Status.PENDING:
            before.announced_version = before.version
        return True, owes

    def _retry(
        self, among: list[DocumentRef], collection: str | None, id_: str | None = None
    ) -> None:
        found = [self.expected[ref] for ref in among if ref in self.expected]
        failed = [(e, e.job) for e in found if e.job is not None and e.job.failed]
        lanes, _ = self._await(retry_documents.retry_failed(self.world.writer, collection, id_))
        assert lanes == Counter(job.lane for _, job in failed)
        for expected, job in failed:
            job.failed, job.attempts, job.due = False, 0, True
            expected.announced_version = expected.version

    # ---- The model of work

    def _expect_leases(self, lane: Lane, limit: int, token: UUID, leased: set[int]) -> None:
        claimable = {
            key: expected.job
            for key, expected in self._by_key().items()
            if expected.job is not None and expected.job.claimable and expected.job.lane is lane
        }
        assert leased <= claimable.keys()
        assert len(leased) == min(limit, len(claimable))
        for key in leased:
            claimable[key].token, claimable[key].live = token, True

    def _check_read(self, read: tuple[Job, ...]) -> None:
        for job in read:
            expected = self.expected[job.ref]
            assert job.content_hash == expected.new.content_hash
            assert job.has_chunks == (expected.embedded is not None)

    def _under(self, claim: Claim) -> list[tuple[Expected, Owed]]:
        """Return what is still under a claim's lease."""
        keys = {job.key for job in claim.jobs}
        return [
            (expected, expected.job)
            for key, expected in self._by_key().items()
            if key in keys and expected.job is not None and expected.job.token == claim.token
        ]

    def _store(self, claim: Claim, part: tuple[Job, ...]) -> None:
        mine = {e.new.ref for e, _ in self._under(claim)}
        ended = jobs.store(self.world.worker, claim, [(job, self._chunks(job)) for job in part])
        stored = {job.ref for job in ended}
        assert stored == mine & {job.ref for job in part}
        for ref in stored:
            expected = self.expected[ref]
            expected.job = None
            expected.embedded = expected.new
            expected.embedded_version = expected.content_version
            expected.announced_version = expected.version

    def _fail(self, claim: Claim, part: tuple[Job, ...], delay: float | None) -> None:
        under = {e.new.ref: (e, owed) for e, owed in self._under(claim)}
        reason = str(uuid4())
        attempts = [FailedAttempt(job, RejectionCode.MODEL_FAILED, reason, delay) for job in part]
        jobs.fail(self.world.worker, claim, attempts)
        for job in part:
            if job.ref in under:
                expected, owed = under[job.ref]
                owed.attempts += 1
                owed.token, owed.live, owed.reason = None, False, reason
                owed.failed, owed.due = delay is None, delay != FAR_SECONDS
                if owed.failed:
                    expected.announced_version = expected.version

    def _drain(self, lane: Lane) -> None:
        while True:
            claim = leases.claim(
                self.world.worker, self.world.model_id, lane, _limits(3), LEASE_SECONDS
            )
            self._expect_leases(lane, 3, claim.token, {job.key for job in claim.jobs})
            if not claim.jobs:
                return
            self._store(claim, tuple(job for job in claim.jobs if POISON not in job.content))
            self._fail(claim, tuple(job for job in claim.jobs if POISON in job.content), None)

    def _expire(self) -> None:
        self.world.worker.execute(
            "UPDATE jobs SET lease_until = now() - interval '1 s' WHERE lease_until IS NOT NULL"
        )
        for expected in self.expected.values():
            if expected.job is not None:
                expected.job.live = False

    def _end_waits(self) -> None:
        self.world.worker.execute("UPDATE jobs SET available_at = now() WHERE available_at > now()")
        for expected in self.expected.values():
            if expected.job is not None:
                expected.job.due = True

    # ---- Rows against the model

    def _check_answer(self, answer: Document, expected: Expected) -> None:
        assert (answer.title, answer.content, answer.metadata, answer.content_hash) == (
            expected.new.title,
            expected.new.content,
            expected.new.metadata,
            expected.new.content_hash,
        )
        assert (answer.status, answer.version) == (expected.status, expected.version)
        assert (answer.embedding is None) == (expected.embedded is None)
        if answer.embedding is not None:
            assert answer.embedding.version == expected.embedded_version
            assert answer.embedding.dimensions == DIMENSIONS
        reason = None if expected.job is None else expected.job.reason
        assert (answer.error.message if answer.error else None) == reason

    def _check_document(self, row: dict[str, Any], expected: Expected) -> None:
        new = expected.new
        assert (row["title"], row["content"], row["metadata"], row["content_hash"]) == (
            new.title,
            new.content,
            new.metadata,
            new.content_hash,
        )
        assert (row["version"], row["content_version"]) == (
            expected.version,
            expected.content_version,
        )
        assert row["lane"] == expected.lane
        assert row["findable"]
        assert row["last_event"] == [expected.status, str(expected.announced_version)]

    def _check_job(self, row: dict[str, Any], expected: Expected) -> None:
        owed = expected.job
        assert len(row["jobs"] or []) == (owed is not None), "at most one job, if one is owed"
        if owed is None:
            assert row["embeddings"], "neither a job nor an embedding"
            return
        job = row["jobs"][0]
        assert job["model"] == self.world.model_id
        assert job["lane"] == owed.lane
        assert job["attempts"] == owed.attempts
        assert job["version"] == expected.content_version
        assert job["has_until"] == (job["token"] is not None), "a lease only with a token"
        assert job["token"] == (owed.token and str(owed.token))
        assert bool(job["live"]) == owed.live
        assert job["due"] == owed.due
        assert job["failed"] == owed.failed
        assert job["message"] == owed.reason
        assert (job["code"] is None) == (owed.reason is None), "a failure without a reason"

    def _check_vectors(self, row: dict[str, Any], expected: Expected) -> None:
        embeddings, chunks = row["embeddings"] or [], row["chunks"] or []
        made_of = expected.embedded
        assert len(embeddings) == len(chunks) == (made_of is not None)
        if made_of is None:
            return
        text = embedded_text(made_of.title, made_of.content)
        assert embeddings[0] == {
            "hash": made_of.content_hash.hex(),
            "chunks": 1,
            "version": expected.embedded_version,
        }
        assert chunks[0] == {
            "hash": sha256(text.encode()).hexdigest(),
            "end": len(made_of.content),
            "vector": vector_of(text),
        }
        if expected.status is Status.READY:
            assert made_of.content_hash == expected.new.content_hash

    def _chunks(self, job: Job) -> list[NewChunk]:
        """What a worker makes of a job; what is embedded already keeps its vector."""
        text = embedded_text(job.title, job.content)
        digest = sha256(text.encode()).digest()
        stored = chunks.stored(self.world.worker, self.world.model_id, [job.key])
        vector = None if (job.key, digest) in stored else vector_of(text)
        return [NewChunk(0, len(job.content), digest, vector)]

    def _by_key(self) -> dict[int, Expected]:
        rows = self.world.worker.execute("SELECT key, collection, id FROM documents")
        return {
            row["key"]: self.expected[DocumentRef(row["collection"], row["id"])] for row in rows
        }

    def _await(self, statement: Any) -> Any:  # noqa: ANN401 - any coroutine's answer
        return self.world.loop.run(statement)


def _new(
    ref: DocumentRef, title: str | None, content: str, metadata: dict[str, int]
) -> NewDocument:
    return NewDocument(ref, title, content, dict(metadata))


def _limits(documents: int) -> ClaimLimits:
    return ClaimLimits(documents, 10**6)


def test_any_interleaving_keeps_every_document_true_to_its_latest_text(world: World) -> None:
    JobLife.world = world
    # Hypothesis itself derandomizes where CI is set, unless it is told otherwise.
    run_state_machine_as_test(
        JobLife,
        settings=hypothesis_settings(
            max_examples=int(os.environ.get("JOB_LIFE_EXAMPLES", "150")),
            stateful_step_count=50,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
