"""The settings that every session starts with."""

from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Database


def test_no_statement_is_compiled(database: Database) -> None:
    with database.connection() as connection:
        assert fetch_value(connection, "SELECT current_setting('jit')") == "off"
