"""Rows of PostgreSQL as a source, each of them a document. Needs psycopg."""

import json
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

import psycopg  # type: ignore[import-not-found, unused-ignore]
from psycopg import Connection, Cursor
from psycopg.conninfo import conninfo_to_dict  # type: ignore[import-not-found, unused-ignore]
from psycopg.rows import dict_row  # type: ignore[import-not-found, unused-ignore]
from psycopg.sql import SQL, Identifier  # type: ignore[import-not-found, unused-ignore]

from inkdex.errors import InkdexError
from inkdex.sources.origin import Away, Found, Row, Scan
from inkdex.sources.row_shape import RowShape
from inkdex.sources.row_values import read_all_dates

PAUSE_SECONDS = 60.0
FETCHED_ROWS = 100
SHOWN_SETTINGS = ("service", "host", "hostaddr", "port", "dbname")
KEY_COLUMNS = """
SELECT array_agg(attribute.attname::text ORDER BY place.number)
FROM pg_index AS index
CROSS JOIN unnest(index.indkey) WITH ORDINALITY AS place (attnum, number)
JOIN pg_attribute AS attribute
  ON attribute.attrelid = index.indrelid AND attribute.attnum = place.attnum
WHERE index.indrelid = to_regclass(%s) AND index.indisprimary AND place.number <= index.indnkeyatts
"""


@dataclass(slots=True)
class Table:
    """The rows of a table, or of a query. They are read in one transaction that writes nothing."""

    settings: Mapping[str, Any]
    """How to connect, as libpq has it."""
    table: str | None
    query: str | None
    shape: RowShape
    _digests: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, url: str, table: str | None, query: str | None, shape: RowShape) -> Self:
        """Return the rows of a table or of a query, one of which is given; raises InkdexError.

        What the URL does not say is that of libpq: PGPASSWORD, the password file, PGSERVICE.
        """
        if (table is None) == (query is None):
            raise InkdexError("Name a table with --table, or rows with --query 'SELECT ...'.")
        with _explained():
            return cls(conninfo_to_dict(url), table, query, shape)

    @property
    def name(self) -> str:
        """The database and the table. The rows of a query have none of their own."""
        return f"{self.settings.get('dbname', 'postgres')}/{self.table or 'query'}"

    @property
    def address(self) -> str:
        """The database and the table, without user and password."""
        given = [str(self.settings[each]) for each in SHOWN_SETTINGS if each in self.settings]
        return f"PostgreSQL {' '.join(given)} {self.table or self.query}"

    @property
    def pause(self) -> float:
        """Long enough that reading all rows costs little."""
        return PAUSE_SECONDS

    def scan(self) -> Scan:
        """Return the rows by their ids; raises Away or InkdexError if they cannot be read."""
        found = Scan()
        self._digests.clear()
        for row in self._rows():
            self._note(found, row)
        return found

    def digest(self, path: str) -> str:
        """Return the hash of a row of the last scan."""
        return self._digests[path]

    def rows(self, paths: Collection[str]) -> Iterator[Row]:
        """Yield the rows with these paths. They are read first, and kept on disk meanwhile."""
        wanted = frozenset(paths)
        with tempfile.TemporaryFile("w+", prefix="inkdex-") as kept:
            for row in self._rows():
                if row.path in wanted:
                    kept.write(f"{json.dumps([row.path, row.document, row.sha256])}\n")
            kept.seek(0)
            for line in kept:
                yield Row(*json.loads(line))

    def close(self) -> None:
        """Do nothing: each look has its own connection."""

    def _note(self, found: Scan, row: Row) -> None:
        if not row.path:
            found.skip("rows without an id", "NULL")
        elif not row.document["content"]:
            found.skip("rows without a text", row.path)
        elif row.path in self._digests:
            found.files.pop(row.path, None)
            found.problems[row.path] = "more than one row has this id"
        else:
            self._digests[row.path] = row.sha256
            found.files[row.path] = Found(row.path, stamp="")

    def _rows(self) -> Iterator[Row]:
        with self._connected() as connection, connection.cursor("inkdex") as cursor:
            cursor.itersize = FETCHED_ROWS
            cursor.execute(self._statement())
            shape = self._shape(connection, cursor)
            for columns in cursor:
                yield shape.row(columns)

    @contextmanager
    def _connected(self) -> Iterator[Connection[dict[str, Any]]]:
        settings = {"application_name": "inkdex", **self.settings, "client_encoding": "utf8"}
        with _explained(), psycopg.connect(**settings, row_factory=dict_row) as connection:
            connection.read_only = True
            connection.execute("SET LOCAL TIME ZONE 'UTC'")  # a time is the same text everywhere
            read_all_dates(connection)
            yield connection

    def _statement(self) -> bytes:
        if self.query is not None:
            return self.query.strip().rstrip(";").encode()
        return SQL("SELECT * FROM {}").format(self._identifier()).as_bytes()

    def _identifier(self) -> Identifier:
        return Identifier(*(self.table or "").split("."))

    def _shape(self, connection: Connection[Any], cursor: Cursor[Any]) -> RowShape:
        shape = self.shape
        if self.table is not None and not shape.id:
            shape = replace(shape, id=self._key(connection))
        return shape.of_columns([each.name for each in cursor.description or ()])

    def _key(self, connection: Connection[Any]) -> tuple[str, ...]:
        name = self._identifier().as_string(connection)
        row = connection.execute(KEY_COLUMNS, [name]).fetchone()
        columns = row["array_agg"] if row else None
        if not columns:
            raise InkdexError(f"{self.table} has no primary key. Name its columns with --id.")
        return tuple(columns)


@contextmanager
def _explained() -> Iterator[None]:
    """Turn the errors of psycopg into InkdexError, and into Away if a later try may succeed."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise Away(f"PostgreSQL cannot be reached: {_first_line(error)}") from None
    except psycopg.Error as error:
        raise InkdexError(f"PostgreSQL refuses: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
