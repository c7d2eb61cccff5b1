"""A worker sums up all changes, and stops between two parts."""

import pytest

from shared.db.access import usage
from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Database
from shared.services.maintenance.usage_sums import UsageSums

ADD = """
INSERT INTO tenant_usage_changes (tenant, documents) SELECT 'acme', 1 FROM generate_series(1, 7)
"""
LEFT = "SELECT count(*) FROM tenant_usage_changes"


@pytest.fixture
def changes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "FOLDED_MAX", 3)
    with database.connection() as connection:
        usage.sum_up(connection)
        connection.execute(ADD)


@pytest.mark.usefixtures("changes")
def test_nothing_is_left(database: Database) -> None:
    UsageSums(database, lambda: False).sum_up()
    with database.connection() as connection:
        assert fetch_value(connection, LEFT) == 0
        assert (
            fetch_value(connection, "SELECT documents FROM tenant_usage WHERE tenant = 'acme'") == 7
        )


@pytest.mark.usefixtures("changes")
def test_it_stops_with_the_worker(database: Database) -> None:
    asked = iter([False, True])
    UsageSums(database, lambda: next(asked)).sum_up()
    with database.connection() as connection:
        assert fetch_value(connection, LEFT) == 4
