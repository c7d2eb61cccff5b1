"""The columns that a writer decides, derived from the table and from `NewDocument`.

Statements list them from here, so a new field of a document changes no statement.
"""

from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.dialects import postgresql

from shared.db.tables.documents import DocumentRow
from shared.domain.documents.document import WRITTEN_FIELDS, NewDocument

WRITTEN = (*WRITTEN_FIELDS, "content_hash")
"""The columns of what a writer sends, each with the name of its field."""
COMPARED = tuple(name for name in WRITTEN if name not in {"title", "content"})
"""The columns that a write compares. The hash covers title and content."""
IDENTIFYING = ("collection", "id")

_COLUMNS = DocumentRow.metadata.tables["documents"].columns
TYPES = {
    name: _COLUMNS[name].type.compile(postgresql.dialect()).lower()  # type: ignore[no-untyped-call]
    for name in (*IDENTIFYING, *WRITTEN)
}
"""SQL types by column."""


def values(new: NewDocument) -> dict[str, Any]:
    """Return a document's values by column, as psycopg sends them."""
    given = {name: getattr(new, name) for name in WRITTEN}
    given |= {name: Jsonb(value) for name, value in given.items() if TYPES[name] == "jsonb"}
    return {"collection": new.ref.collection, "id": new.ref.id, **given}
