"""Why PostgreSQL cannot serve a request. Messages are ours and name no host."""

from typing import ClassVar

from shared.domain.errors import InkdexError
from shared.domain.reasons import WriteRefusal


class DatabaseUnavailable(InkdexError):
    """PostgreSQL cannot serve a request now."""


class DatabaseUnusable(DatabaseUnavailable):
    """PostgreSQL answers, but Inkdex cannot work with the database. The text says what to do."""


class SchemaMismatch(DatabaseUnusable):
    def __init__(self, found: str | None, required: str) -> None:
        schema = f"The database's schema is {found}" if found else "The database has no schema"
        older = found is None or found < required
        remedy = "Run: python -m alembic upgrade head" if older else "Update Inkdex."
        super().__init__(f"{schema}, and this version of Inkdex needs {required}. {remedy}")
        self.found = found
        self.required = required


class DatabaseTimeout(DatabaseUnavailable):
    """PostgreSQL ended a statement at its time limit."""

    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL did not finish the request within its time limit. Try again later, or send"
            " a shorter text."
        )


class WritesRefused(DatabaseUnavailable):
    """PostgreSQL reads but does not write. No document is to blame."""

    reason: ClassVar[WriteRefusal]

    def __init__(self) -> None:
        super().__init__(f"{self.reason.meaning} Nothing was written. Try again later.")


class StorageFull(WritesRefused):
    """PostgreSQL has no room for a write."""

    reason = WriteRefusal.DISK_FULL


class DatabaseReadOnly(WritesRefused):
    """PostgreSQL is a replica, or its transactions are read-only by default."""

    reason = WriteRefusal.READ_ONLY


REFUSALS: dict[WriteRefusal, type[WritesRefused]] = {
    each.reason: each for each in (StorageFull, DatabaseReadOnly)
}
