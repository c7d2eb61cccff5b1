"""Alembic's entry point. It migrates DATABASE_URL to the tables of `shared.db.tables`."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, make_url, text
from sqlmodel import SQLModel

from shared.config import get_settings
from shared.db import tables  # noqa: F401 - registers the tables

# A migration that waits for a lock blocks all queries behind it. So it gives up after a while.
SESSION = "SET lock_timeout = '4s'"
ADVISORY_LOCK = "SELECT pg_advisory_lock(hashtext('inkdex migrations'))"


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:  # noqa: ANN401, FBT001 - Alembic's signature
    """Leave out the vector indexes. They are created once a model's dimensions are known."""
    return not (kind == "index" and name is not None and name.startswith("chunks_embedding_"))


def migrate() -> None:
    """Run the migrations, one process at a time."""
    url = make_url(get_settings().database_url.get_secret_value())
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        connection.execute(text(ADVISORY_LOCK))
        connection.execute(text(SESSION))
        connection.commit()
        context.configure(
            connection=connection, target_metadata=SQLModel.metadata, include_object=is_ours
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


migrate()
