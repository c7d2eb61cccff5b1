"""What makes lexemes of documents without keeping the event loop from others."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.domain.documents.document import NewDocument
from shared.domain.refs import Collection
from shared.domain.search.lexing.documents import LexedDocument


class Lexer(Protocol):
    async def lexed(self, batch: Sequence[NewDocument]) -> list[LexedDocument]:
        """Return documents with their lexemes, in order.

        Raises TooBusy, and DocumentNotStorable if one of them cannot be lexed.
        """


class CollectionLanguages(Protocol):
    async def of(self, collections: set[Collection]) -> Mapping[Collection, str]:
        """Return the languages of those collections that have one. They may be seconds old."""
