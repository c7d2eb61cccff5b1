"""Replaces a document by a function of what is stored. Nothing waits while it is locked."""

from collections.abc import Callable

from shared.db.documents import read_documents, write_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents import languages
from shared.domain.documents.document import Document, NewDocument, lane_of_single_write
from shared.domain.documents.writes import LOST_RACES_MAX, WriteMode, WriteResult
from shared.domain.errors import DocumentNotFound, VersionConflict
from shared.domain.refs import DocumentRef
from shared.ports.lexer import Lexer
from shared.services.access.quotas import NoQuotas

Change = Callable[[NewDocument], NewDocument]


async def change_document(
    database: AsyncDatabase,
    lexer: Lexer,
    quotas: NoQuotas,
    ref: DocumentRef,
    change: Change,
    expected_version: int | None,
) -> WriteResult:
    """Replace a document by `change(document)`. No other write comes in between.

    The result is lexed without a lock. Then the change is applied again to the locked document. It
    is lexed again only if another write has changed the text. Returns no document if others do so
    each time. Raises DocumentNotFound, VersionConflict, QuotaExceeded and what `change` raises.
    """
    async with database.connection() as connection:
        current = _checked(await read_documents.read(connection, ref), ref, expected_version)
    new = change(current.as_written())
    async with quotas.storing([new]):
        for _ in range(LOST_RACES_MAX):
            (lexed,) = await lexer.lexed([new])
            async with database.connection() as connection, connection.transaction():
                locked = await read_documents.read_locked(connection, ref)
                current = _checked(locked, ref, expected_version)
                new = change(current.as_written())
                if _text(new) == _text(lexed.new):
                    return await write_documents.accept(
                        connection,
                        lexed._replace(new=new),
                        lane_of_single_write(new),
                        WriteMode.REPLACE_VERSION,
                        current.version,
                    )
    return WriteResult(None)


def _checked(current: Document | None, ref: DocumentRef, expected_version: int | None) -> Document:
    if current is None:
        raise DocumentNotFound(ref)
    if expected_version not in {None, current.version}:
        raise VersionConflict
    return current


def _text(new: NewDocument) -> tuple[str | None, ...]:
    """Return all that the lexemes of a document depend on, besides its ref."""
    return languages.text_language(new.metadata), new.title, new.content
