"""Alembic's entry point. It migrates DATABASE_DIRECT_URL to the tables of `shared.db.tables`.

If that is `none`, it migrates through the pooler of DATABASE_URL, where a session lasts for one
transaction only.
"""

import sys
import time
from typing import Any

from alembic import context
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from migrations import preconditions
from shared.config import get_settings
from shared.db import tables  # noqa: F401 - registers the tables
from shared.db.kit.connecting import refusal

# A process that waits inside a statement would keep an index from being built concurrently.
ADVISORY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex migrations'))"
LOCK_POLL_SECONDS = 0.5
# A migration that waits for a lock blocks all queries behind it. So it gives up after a while, and
# tries again when they have been served.
LOCK_SECONDS = 4
PAUSES = (1, 2, 4, 8, 8, 8, 8)
SESSION = f"SET lock_timeout = '{LOCK_SECONDS}s'; SET statement_timeout = 0"
# In autocommit, in which indexes are built, it has no effect. Those have the limits of their user.
TRANSACTION = f"""
SELECT set_config('lock_timeout', '{LOCK_SECONDS}s', true),
    set_config('statement_timeout', '0', true)
"""
STAYS_OPEN = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL transaction_timeout = 0"

INSERTED = {"0002": "text_languages", "0004": "webhooks"}
"""Revisions that were inserted below 0005, and a table of each. Older databases lack them."""


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:  # noqa: ANN401, FBT001 - Alembic's signature
    """Leave out the indexes of models and of large tenants. Workers create them."""
    prefixes = ("chunks_embedding_", "chunks_bits_", "document_texts_of_")
    return not (kind == "index" and name is not None and name.startswith(prefixes))


def migrate() -> None:
    """Run the migrations, one process at a time and each in its own transaction."""
    settings = get_settings()
    url = settings.database_direct_url if settings.has_direct_url else settings.database_url
    # Without the encoding, text from a database in SQL_ASCII is bytes, and SQLAlchemy fails before
    # our check. PgBouncer before 1.21 confuses prepared statements.
    engine = create_engine(
        make_url(url.get_secret_value()).set(drivername="postgresql+psycopg"),
        connect_args={"client_encoding": "utf8", "prepare_threshold": None},
    )
    with connected(engine) as holder, connected(engine) as connection:
        wait_for_others(holder)
        preconditions.require(connection)
        set_timeouts(connection, in_session=settings.has_direct_url)
        run_with_retries(connection)
    engine.dispose()


def connected(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as error:
        if (why := refusal(error)) is None:
            raise
        sys.exit(why)


def wait_for_others(holder: Connection) -> None:
    """Wait until no other process migrates the database, and keep others out until the end."""
    while not holder.execute(text(ADVISORY_LOCK)).scalar_one():
        holder.rollback()
        time.sleep(LOCK_POLL_SECONDS)
    holder.execute(text(STAYS_OPEN))


def set_timeouts(connection: Connection, *, in_session: bool) -> None:
    """Set them once, or else in each transaction."""
    if in_session:
        connection.execute(text(SESSION))
        connection.commit()
        return

    @event.listens_for(connection, "begin")
    def begin(begun: Connection) -> None:
        begun.exec_driver_sql(TRANSACTION)


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
