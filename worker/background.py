"""The threads of a worker that run beside its batches."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from shared.adapters.extraction.process_extractor import ProcessExtractor
from shared.config import Settings
from shared.db.kit.pool import Database
from shared.ports.broker import WakeUps
from shared.services.embedding.service import EmbeddingService
from shared.services.maintenance.deleted_collections import DeletedCollections
from shared.services.maintenance.import_ends import ImportEnds
from shared.services.maintenance.index_builder import IndexBuilder
from shared.services.maintenance.migration_engine import MigrationEngine
from shared.services.maintenance.periodic_thread import PeriodicThread
from shared.services.maintenance.purge import Purge
from shared.services.maintenance.relexing import Relexing
from shared.services.maintenance.repairs import Repairs
from shared.services.maintenance.statistics_refresher import StatisticsRefresher
from shared.services.maintenance.sweep import Sweep
from shared.services.maintenance.table_analyzer import TableAnalyzer
from shared.services.maintenance.usage_sums import UsageSums
from shared.services.models.model_server import ModelServers
from worker.extraction import extract_files
from worker.policies import batch_policy

REFRESH_SECONDS = 5.0
PURGE_SECONDS = 5.0
REPAIR_SECONDS = 2.0
MIGRATE_SECONDS = 0.5
USAGE_SECONDS = 1.0
DELETE_SECONDS = 1.0
IMPORTS_SECONDS = 1.0
FILES_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class BackgroundThreads:
    """All of them, by how long an action can take."""

    bounded: Sequence[PeriodicThread]
    """They wait for PostgreSQL only, in statements that have a time limit."""
    unbounded: Sequence[PeriodicThread]
    """They wait for models, other servers or files, or run statements that can take long."""

    def __iter__(self) -> Iterator[PeriodicThread]:
        yield from self.bounded
        yield from self.unbounded


@dataclass(frozen=True, slots=True)
class Background:
    """What the threads use."""

    settings: Settings
    database: Database
    embedding: EmbeddingService
    servers: ModelServers
    wake_ups: WakeUps
    stopping: threading.Event

    def imports(self) -> PeriodicThread:
        return self._every(IMPORTS_SECONDS, "imports", ImportEnds(self.database).settle)

    def unbounded(self) -> Sequence[PeriodicThread]:
        return [*self._embedding(), *self._upkeep(), *self._cleaning()]

    def _embedding(self) -> Sequence[PeriodicThread]:
        settings = self.settings
        sweep = Sweep(
            self.database, self.embedding, self.servers, self.wake_ups, self.stopping.is_set
        )
        migrations = MigrationEngine(self.database, self.embedding.wake_all)
        return [
            self._every(settings.sweep_interval_seconds, "sweep", sweep.sweep),
            self._every(MIGRATE_SECONDS, "migrations", migrations.work),
            self._every(FILES_SECONDS, "files", self._extract_files),
        ]

    def _upkeep(self) -> Sequence[PeriodicThread]:
        database = self.database
        relexing = Relexing(database, self.settings.text_language, self.stopping.wait)
        usage = UsageSums(database, self.stopping.is_set)
        return [
            self._every(USAGE_SECONDS, "usage", usage.sum_up),
            self._every(REFRESH_SECONDS, "statistics", StatisticsRefresher(database).refresh),
            self._every(REFRESH_SECONDS, "analysis", TableAnalyzer(database).analyze),
            self._every(MIGRATE_SECONDS, "indexes", IndexBuilder(database).work),
            self._every(REFRESH_SECONDS, "relexing", relexing.work),
        ]

    def _cleaning(self) -> Sequence[PeriodicThread]:
        settings, database = self.settings, self.database
        repairs = Repairs(database, batch_policy(settings).retry, settings.job_lease_seconds)
        deleted = DeletedCollections(database, self.stopping)
        purge = Purge(
            database,
            settings.events_keep_hours,
            settings.events_keep_rows,
            settings.audit_keep_days,
            self.stopping,
        )
        return [
            self._every(REPAIR_SECONDS, "repairs", repairs.repair),
            self._every(DELETE_SECONDS, "deletions", deleted.work),
            self._every(PURGE_SECONDS, "purge", purge.run),
        ]

    def _extract_files(self) -> None:
        extractor = ProcessExtractor(self.settings)
        extract_files(self.settings, extractor, self.wake_ups, self.stopping.is_set)

    def _every(self, seconds: float, name: str, action: Callable[[], None]) -> PeriodicThread:
        return PeriodicThread(name, seconds, action, self.stopping)
