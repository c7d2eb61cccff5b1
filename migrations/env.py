"""Alembic's entry point. It migrates DATABASE_DIRECT_URL to the tables of `shared.db.tables`."""

import sys
import time
from typing import Any

from alembic import context
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from shared.config import get_settings
from shared.db import tables  # noqa: F401 - registers the tables

# A process that waits inside a statement would keep an index from being built concurrently.
ADVISORY_LOCK = "SELECT pg_try_advisory_lock(hashtext('inkdex migrations'))"
LOCK_POLL_SECONDS = 0.5
# A migration that waits for a lock blocks all queries behind it. So it gives up after a while, and
# tries again when they have been served.
LOCK_SECONDS = 4
PAUSES = (1, 2, 4, 8, 8, 8, 8)
SESSION = f"SET lock_timeout = '{LOCK_SECONDS}s'; SET statement_timeout = 0"

INSERTED = {"0002": "text_languages", "0004": "webhooks"}
"""Revisions that were inserted below 0005, and a table of each. Older databases lack them."""


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:  # noqa: ANN401, FBT001 - Alembic's signature
    """Leave out the indexes of models and of large tenants. Workers create them."""
    prefixes = ("chunks_embedding_", "document_texts_of_")
    return not (kind == "index" and name is not None and name.startswith(prefixes))


def migrate() -> None:
    """Run the migrations, one process at a time and each in its own transaction."""
    url = make_url(get_settings().database_direct_url.get_secret_value())
    # Without it, text from a database in SQL_ASCII is bytes, and SQLAlchemy fails before our check.
    arguments = {"client_encoding": "utf8"}
    engine = create_engine(url.set(drivername="postgresql+psycopg"), connect_args=arguments)
    with engine.connect() as connection:
        require_utf8(connection)
        wait_for_others(connection)
        connection.execute(text(SESSION))
        connection.commit()
        run_with_retries(connection)
    engine.dispose()


def wait_for_others(connection: Connection) -> None:
    """Wait until no other process migrates the database."""
    while not connection.execute(text(ADVISORY_LOCK)).scalar_one():
        connection.rollback()
        time.sleep(LOCK_POLL_SECONDS)


def require_utf8(connection: Connection) -> None:
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        sys.exit(f"The database's encoding is {encoding}. Create one with ENCODING 'UTF8'.")


def run_with_retries(connection: Connection) -> None:
    """Run the migrations again if one did not get a lock. Finished ones stay."""
    for pause in (*PAUSES, None):
        try:
            run(connection)
        except OperationalError as error:
            connection.rollback()
            if pause is None or not isinstance(error.orig, LockNotAvailable):
                raise
            context.config.print_stdout(f"A lock is taken. Trying again in {pause} s.")
            time.sleep(pause)
        else:
            return


def run(connection: Connection) -> None:
    apply_inserted(connection)
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_object=is_ours,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def apply_inserted(connection: Connection) -> None:
    """Apply the inserted revisions that a database lacks although it has a later revision."""
    at = MigrationContext.configure(connection).get_current_revision()
    for revision, table in INSERTED.items():
        exists = connection.execute(
            text("SELECT to_regclass(:table) IS NOT NULL"), {"table": table}
        )
        if at is not None and at >= revision and not exists.scalar_one():
            context.config.print_stdout(f"The database lacks revision {revision}. Applying it.")
            script = ScriptDirectory.from_config(context.config).get_revision(revision)
            with Operations.context(MigrationContext.configure(connection)):
                script.module.upgrade()
    connection.commit()


migrate()
