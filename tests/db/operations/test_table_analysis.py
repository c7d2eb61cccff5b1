"""Tables are analyzed once they have changed notably."""

from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Connection, Database
from shared.db.operations import table_analysis

EVENTS = """
INSERT INTO events (collection, id, status, version)
SELECT 'c', n::text, 'ready', 1 FROM generate_series(1, %s) n
"""
ESTIMATE = "SELECT reltuples FROM pg_class WHERE oid = 'events'::regclass"


def insert(connection: Connection, count: int) -> None:
    connection.execute("ALTER TABLE events SET (autovacuum_enabled = off)")
    connection.execute(EVENTS, (count,))
    connection.execute("SELECT pg_stat_force_next_flush()")


def test_a_table_is_analyzed_when_a_notable_part_of_it_is_new(database: Database) -> None:
    with database.connection() as connection:
        insert(connection, 500)
        assert table_analysis.analyze_changed(connection) == []
        insert(connection, 1500)
        assert table_analysis.analyze_changed(connection) == ["events"]
        assert fetch_value(connection, ESTIMATE) == 2000
        insert(connection, 1000)
        assert table_analysis.analyze_changed(connection) == []


def test_one_worker_at_a_time_analyzes(database: Database) -> None:
    with database.connection() as other, database.connection() as connection:
        insert(connection, 2000)
        with other.transaction():
            other.execute(table_analysis._LOCK)
            assert table_analysis.analyze_changed(connection) == []
        assert table_analysis.analyze_changed(connection) == ["events"]
