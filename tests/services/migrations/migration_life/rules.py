"""The rules: everything that writers, workers, operators and the clock may do, in any order."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from hypothesis import strategies
from hypothesis.stateful import consumes, initialize, invariant, multiple, precondition, rule

from shared.db.documents import delete_documents, retry_documents, write_documents
from shared.db.embedding import jobs
from shared.db.migrations import cutover
from shared.domain.collection_errors import MigrationNotAllowed, MigrationRunning
from shared.domain.documents.document import Lane, Status
from shared.domain.documents.writes import WriteMode
from shared.domain.embedding.jobs import Claim
from shared.domain.errors import InvalidInput
from shared.domain.models.migration import (
    ALLOWED,
    REVERSIBLE_STATES,
    Cutover,
    MigrationAction,
    MigrationRequest,
    MigrationState,
)
from shared.domain.refs import DocumentRef
from shared.domain.search.lexing.documents import lexed_document
from shared.services.migrations import service
from tests.services.migrations.migration_life.embedder import MODELS, TEXTS, identity_of
from tests.services.migrations.migration_life.machine import (
    CLAIMS,
    FINGERPRINT,
    Machine,
    may_stay,
)
from tests.services.migrations.migration_life.stored import Roles, StoredDocument
from tests.support.collections import named
from tests.support.worker_harness import new

REFS = [
    DocumentRef(named("c"), "a"),
    DocumentRef(named("c"), "b"),
    DocumentRef(named("c"), "c"),
    DocumentRef(named("other"), "a"),
]

refs = strategies.sampled_from(REFS)
collections = strategies.sampled_from(["c", "c", "other"])
flags = strategies.booleans()
cutovers = strategies.sampled_from([Cutover.AUTO, Cutover.AUTO, Cutover.MANUAL])
some_lanes = strategies.sampled_from([tuple(Lane), (Lane.BACKFILL,), ()])
whichs = strategies.integers(0, 5)
texts = strategies.sampled_from(TEXTS)
FAR_SECONDS = 1000.0

allowed = strategies.sampled_from([[], [], ["a"], ["b", "c"]])
oftener = (
    MigrationAction.PAUSE,
    MigrationAction.RESUME,
    MigrationAction.CUTOVER,
    MigrationAction.ROLLBACK,
)
actions = strategies.sampled_from([*MigrationAction, *oftener, *oftener])
models = strategies.integers(0, len(MODELS) - 1)


class WriterRules(Machine):
    @rule(ref=refs, text=texts, metadata=strategies.sampled_from([{}, {"k": 1}]))
    def put(self, ref: DocumentRef, text: str, metadata: dict[str, int]) -> None:
        self.write(ref, text, metadata)

    def write(self, ref: DocumentRef, text: str, metadata: dict[str, int]) -> None:
        document = new(ref.id, text, collection=ref.collection.name, metadata=metadata)
        lexed, writer = lexed_document(document), self.connections.writer
        written = self.connections.run(
            write_documents.accept(writer, lexed, Lane.INTERACTIVE, WriteMode.UPSERT)
        )
        if written.owed and ref.collection.name in self.before.running:
            self.both.add(ref)

    @rule(ref=refs)
    def delete(self, ref: DocumentRef) -> None:
        self.connections.run(delete_documents.delete(self.connections.writer, ref, None))
        self.both.discard(ref)

    @precondition(lambda self: any(map(has_failed, self.before.documents.values())))
    @rule(collection=collections)
    def retry(self, collection: str) -> None:
        self.connections.run(
            retry_documents.retry_failed(self.connections.writer, named(collection))
        )


class WorkerRules(Machine):
    @precondition(lambda self: self.due())
    @rule(target=CLAIMS, which=whichs)
    def claim_documents(self, which: int) -> Any:  # noqa: ANN401 - or `multiple()`
        due = self.due()
        claim = self.claim(*due[which % len(due)])
        return claim if claim.jobs else multiple()

    @rule(claim=CLAIMS)
    def store_claim(self, claim: Claim) -> None:
        self.store(claim)

    @rule(claim=CLAIMS, delay=strategies.sampled_from([None, 0.0, FAR_SECONDS]))
    def fail_claim(self, claim: Claim, delay: float | None) -> None:
        self.fail(claim, delay)

    @rule(claim=consumes(CLAIMS))
    def release(self, claim: Claim) -> None:
        jobs.release(self.connections.connection, claim)

    @precondition(lambda self: self.due())
    @rule(which=whichs)
    def embed_batch(self, which: int) -> None:
        due = self.due()
        self.embed(*due[which % len(due)])

    @precondition(lambda self: self.before.running)
    @rule()
    def step(self) -> None:
        for migration in self.before.running.values():
            self.connections.engines[0]._step(migration.id)

    @precondition(lambda self: self.before.running)
    @rule(lanes=some_lanes)
    def work(self, lanes: Sequence[Lane]) -> None:
        self.work_a_round(lanes)

    @precondition(lambda self: self.looked)
    @rule()
    def step_late(self) -> None:
        """Another worker takes its step long after it read the migrations."""
        for migration in self.looked:
            self.connections.engines[1]._step(migration.id)
        self.looked = []

    @precondition(lambda self: self.before.running and not self.looked)
    @rule()
    def look(self) -> None:
        self.looked = list(self.before.running.values())


class OperatorRules(Machine):
    @rule(
        collection=collections,
        model=models,
        cutover=cutovers,
        hours=strategies.sampled_from([24.0, 24.0, 0.0]),
    )
    def start(self, collection: str, model: int, cutover: Cutover, hours: float) -> None:
        """Start after the preflight, which changes nothing. It may have taken long."""
        request = MigrationRequest(named(collection), identity_of(MODELS[model]), cutover, hours)
        to_model = self.connections.ids[model]
        roles = self.before.roles.get(collection, Roles(self.connections.ids[0]))
        expected: AbstractContextManager[object] = nullcontext()
        if roles.active == to_model:
            expected = pytest.raises(InvalidInput)
        elif collection in self.before.running:
            expected = pytest.raises(MigrationRunning)
        with expected:
            self.connections.run(self._start(request))

    async def _start(self, request: MigrationRequest) -> None:
        async with self.connections.writer.transaction():
            await service._start(self.connections.writer, request, {}, FINGERPRINT)

    @precondition(lambda self: self.before.running)
    @rule(first=flags, action=actions, allowed=allowed)
    def act(self, *, first: bool, action: MigrationAction, allowed: list[str]) -> None:
        running = list(self.before.running.values())
        migration = running[0] if first else running[-1]
        may = migration.state in ALLOWED[action]
        has_gate = (
            migration.state is MigrationState.ROLLED_BACK and action is MigrationAction.CUTOVER
        )
        try:
            self.act_on(migration, action, allowed)
        except MigrationNotAllowed:
            assert has_gate or not may
        else:
            assert may

    @precondition(lambda self: self.is_any(*REVERSIBLE_STATES))
    @rule()
    def end_windows(self) -> None:
        self.connections.do(
            "UPDATE model_migrations SET rollback_until = now() - interval '1 s'"
            " WHERE state IN ('switched', 'rolled_back')"
        )


class ClockRules(Machine):
    @rule()
    def end_all_leases(self) -> None:
        self.end_leases()

    @precondition(lambda self: self.is_any(MigrationState.READY))
    @rule()
    def embed_frequent_queries(self) -> None:
        self.embed_queries()


class FirstRules(WriterRules, WorkerRules, OperatorRules):
    @initialize(
        contents=strategies.lists(texts, max_size=len(REFS)),
        model=models,
        cutover=cutovers,
        rounds=strategies.lists(some_lanes, max_size=6),
    )
    def begin(
        self,
        contents: list[str],
        model: int,
        cutover: Cutover,
        rounds: list[tuple[Lane, ...]],
    ) -> None:
        """Begin somewhere on the way of a migration."""
        for ref, text in zip(REFS, contents, strict=False):
            self.write(ref, text, {})
        self.embed_all()
        self.start("c", model, cutover, 24.0)
        for lanes in rounds:
            self.check()
            self.work_a_round(lanes)
        self.looked = list(self.before.running.values())


class MigrationLife(FirstRules, ClockRules):
    @invariant()
    def database_is_consistent(self) -> None:
        self.check()

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self._settle()
            self._end()

    def _settle(self) -> None:
        """What nobody stops goes on to its end, and every document is ready or has failed."""
        settled = self.work_until_settled()
        for migration in settled.running.values():
            failing = cutover.lost(self.connections.connection, migration).failing
            assert may_stay(migration, failing), (migration.state, migration.detail)
        for document in settled.documents.values():
            assert document.status is not Status.PENDING

    def _end(self) -> None:
        """End every migration. Only what the active models have is left."""
        for migration in self.before.running.values():
            reversible = migration.state in REVERSIBLE_STATES
            action = MigrationAction.FINISH if reversible else MigrationAction.ABORT
            self.act_on(migration, action)
        settled = self.work_until_settled()
        assert settled.running == {}
        for document in settled.documents.values():
            assert document.status is not Status.PENDING
            assert {*document.jobs, *document.embeddings} <= {document.active}


def has_failed(document: StoredDocument) -> bool:
    return any(map(document.has_failed, document.jobs))
