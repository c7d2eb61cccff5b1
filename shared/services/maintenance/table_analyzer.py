"""Keeps PostgreSQL's statistics and plans up to date while tables grow."""

import structlog

from shared.db.kit.pool import Database
from shared.db.operations import table_analysis

log = structlog.get_logger()


class TableAnalyzer:
    """Runs in a thread of its own, because to analyze large tables takes seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def analyze(self) -> None:
        with self._database.connection() as connection:
            tables = table_analysis.analyze_changed(connection)
        if tables:
            log.info("tables.analyzed", tables=tables)
