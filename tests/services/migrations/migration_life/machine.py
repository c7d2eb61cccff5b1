"""The steps that several rules share: writes, claims, and what an engine and an operator do."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from anyio.from_thread import BlockingPortal
from hypothesis.stateful import Bundle, RuleBasedStateMachine

from shared.db.embedding import chunks, claims, jobs
from shared.db.kit.pool import AsyncConnection, Connection, Database
from shared.db.models import embedding_models
from shared.domain.access.principal import OPEN
from shared.domain.documents.document import Lane
from shared.domain.embedding.flows import LENGTHS, FlowTurns
from shared.domain.embedding.jobs import Claim, ClaimLimits, FailedAttempt
from shared.domain.models.migration import Migration, MigrationAction, MigrationState
from shared.domain.reasons import RejectionCode
from shared.domain.refs import DEFAULT_TENANT, DocumentRef
from shared.services.maintenance.index_builder import IndexBuilder
from shared.services.maintenance.migration_engine import MigrationEngine
from shared.services.migrations.service import MigrationService
from tests.services.migrations.migration_life import row_checks, stored
from tests.services.migrations.migration_life.embedder import (
    MODELS,
    chunks_of,
    identity_of,
    refuses,
)
from tests.services.migrations.migration_life.stored import Stored
from tests.support.worker_harness import vector_of

FINGERPRINT = vector_of("fingerprint")
LEASE_SECONDS = 1000.0
MAX_ROUNDS = 60
SETTLED_AFTER = 2
"""Nothing moves any more after so many equal rounds."""

T = TypeVar("T")

_DUE = """
SELECT DISTINCT model_id, lane FROM jobs
WHERE model_id = ANY(%s) AND failed_at IS NULL AND available_at <= now()
  AND (lease_until IS NULL OR lease_until < now())
ORDER BY model_id, lane
"""


@dataclass
class Connections:
    """An API, two workers that move migrations, and models. All examples share them."""

    portal: BlockingPortal
    writer: AsyncConnection
    connection: Connection
    database: Database
    service: MigrationService
    indexes: IndexBuilder = field(init=False)
    engines: tuple[MigrationEngine, MigrationEngine] = field(init=False)
    names: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.indexes = IndexBuilder(self.database)
        first, second = (MigrationEngine(self.database, lambda _: None) for _ in range(2))
        self.engines = first, second
        embedding_models.adopt(self.connection, identity_of(MODELS[0]))
        for name in MODELS:
            model_id = embedding_models.register(self.connection, DEFAULT_TENANT, identity_of(name))
            model = embedding_models.read(self.connection, model_id)
            assert model is not None
            embedding_models.learn(self.connection, model, "digest", FINGERPRINT)
            self.names[model_id] = name

    def clear(self) -> None:
        """Delete all but the models. An index of an earlier example would make this one differ."""
        self.do("TRUNCATE documents, events, model_migrations CASCADE")
        self.do("DELETE FROM collections")
        self.do("ANALYZE embeddings, chunks")
        self.indexes.work()

    @property
    def ids(self) -> list[int]:
        """The ids of the MODELS."""
        return list(self.names)

    def do(self, statement: str) -> None:
        self.connection.execute(statement)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        async def awaited() -> T:
            return await coroutine

        return self.portal.call(awaited)


CLAIMS: Bundle[Claim] = Bundle("claims")


class Machine(RuleBasedStateMachine):
    """The state of the last check, and what it does not tell.

    `both` are the documents that were written while their collection had two models, and `looked`
    are the migrations as another worker has read them.
    """

    connections: ClassVar[Connections]

    def __init__(self) -> None:
        super().__init__()
        self.connections.clear()
        self.both: set[DocumentRef] = set()
        self.looked: list[Migration] = []
        self.before = stored.read(self.connections.connection)

    def check(self) -> None:
        """Check the state of now, and how it differs from the one of the last check."""
        now = stored.read(self.connections.connection)
        self.both = {ref for ref in self.both if ref.collection.name in now.running}
        row_checks.check_roles(now)
        row_checks.check_documents(now, self.connections.names, self.both)
        row_checks.check_swaps(self.before, now)
        self.before = now

    def is_any(self, *states: MigrationState) -> bool:
        """Return whether a running migration is in one of the states."""
        return any(each.state in states for each in self.before.running.values())

    def claim(self, model: int, lane: Lane) -> Claim:
        flows = FlowTurns().next_ranges(lane, LENGTHS[lane][-1])
        limits = ClaimLimits(2, 10**6, flows)
        return claims.claim(self.connections.connection, model, lane, limits, LEASE_SECONDS)

    def store(self, claim: Claim) -> None:
        """Store what the model embeds. What it refuses is as it was."""
        model, connection = self.connections.names[claim.model_id], self.connections.connection
        good = [job for job in claim.jobs if not refuses(model, job.content)]
        known = chunks.stored(connection, claim.model_id, [job.key for job in good])
        jobs.store(connection, claim, [(job, chunks_of(model, job, known)) for job in good])

    def fail(self, claim: Claim, delay: float | None = None) -> None:
        """Record what the model refuses, for good if there is no delay."""
        model = self.connections.names[claim.model_id]
        bad = [job for job in claim.jobs if refuses(model, job.content)]
        code = RejectionCode.REJECTED_BY_MODEL
        failed = [FailedAttempt(job, code, "The model refuses it.", delay) for job in bad]
        jobs.fail(self.connections.connection, claim, failed)

    def embed(self, model: int, lane: Lane) -> bool:
        """Embed documents of a lane. Return whether any were due."""
        claim = self.claim(model, lane)
        self.store(claim)
        self.fail(claim)
        return bool(claim.jobs)

    def end_leases(self) -> None:
        """Let all leases expire, and end the waiting for retries."""
        self.connections.do(
            "UPDATE jobs SET available_at = least(available_at, now()),"
            " lease_until = CASE WHEN lease_token IS NOT NULL THEN now() - interval '1 s' END"
            " WHERE lease_token IS NOT NULL OR available_at > now()"
        )

    def embed_queries(self) -> None:
        self.connections.do(
            "UPDATE model_migrations SET queries_embedded_at = now() WHERE state = 'ready'"
        )

    def act_on(
        self, migration: Migration, action: MigrationAction, allowed: Sequence[str] = ()
    ) -> None:
        act = self.connections.service.act(
            OPEN, migration.collection, migration.number, action, allowed
        )
        self.connections.run(act)

    def work_until_settled(self) -> Stored:
        """Do what workers do until nothing moves."""
        unchanged = 0
        for _ in range(MAX_ROUNDS):
            before = self.before
            self.work_a_round()
            unchanged = unchanged + 1 if _movable(before) == _movable(self.before) else 0
            if unchanged == SETTLED_AFTER:
                return self.before
        raise AssertionError("the migrations move without end")

    def work_a_round(self, lanes: Sequence[Lane] = tuple(Lane)) -> None:
        """Do what workers of these lanes do in a second."""
        self.connections.indexes.work()
        self.connections.engines[0].work()
        self.check()
        self.embed_queries()
        self.embed_all(lanes)
        self.check()

    def embed_all(self, lanes: Sequence[Lane] = tuple(Lane)) -> None:
        self.end_leases()
        while due := [(model, lane) for model, lane in self.due() if lane in lanes]:
            for model, lane in due:
                self.embed(model, lane)

    def due(self) -> list[tuple[int, Lane]]:
        """Return the models in use that have due jobs, and the lanes of these."""
        models = [model.id for model in embedding_models.in_use(self.connections.connection)]
        rows = self.connections.connection.execute(_DUE, (models,)).fetchall()
        return [(row["model_id"], Lane(row["lane"])) for row in rows]


def _movable(state: Stored) -> Any:  # noqa: ANN401 - only to be compared
    """Return the state without times and progress."""
    running = state.running.values()
    migrations = [(each.id, each.state, each.filled_to, each.detail) for each in running]
    return migrations, state.documents, state.roles


def may_stay(migration: Migration, failing: int) -> bool:
    """Return whether a migration rightly stays as it is until somebody asks for more."""
    match migration.state:
        case MigrationState.SWITCHED | MigrationState.ROLLED_BACK:
            return True
        case MigrationState.FILLING:
            return migration.paused
        case MigrationState.READY:
            return failing > 0 or not migration.may_switch
        case _:
            return False
