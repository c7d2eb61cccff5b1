"""Reads the dates of PostgreSQL that Python cannot hold, such as `infinity`, as texts."""

from typing import Any

from psycopg import Connection, DataError  # type: ignore[import-not-found, unused-ignore]
from psycopg.types.datetime import (  # type: ignore[import-not-found, unused-ignore]
    DateLoader,
    TimestampLoader,
    TimestamptzLoader,
)

Loader = type[DateLoader | TimestampLoader | TimestamptzLoader]

LOADERS: dict[str, Loader] = {
    "date": DateLoader,
    "timestamp": TimestampLoader,
    "timestamptz": TimestamptzLoader,
}


def read_all_dates(connection: Connection[Any]) -> None:
    """Read every value of the types in LOADERS of a connection."""
    for name, loader in LOADERS.items():
        connection.adapters.register_loader(name, _lenient(loader))


def _lenient(loader: Loader) -> Loader:
    class Lenient(loader):  # type: ignore[valid-type, misc]
        def load(self, data: Any) -> object:  # noqa: ANN401 - as psycopg has it
            try:
                return super().load(data)
            except DataError:
                return bytes(data).decode()

    return Lenient
