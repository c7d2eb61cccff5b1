"""What makes lexemes of documents without keeping the event loop from others."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.documents.document import NewDocument
from shared.domain.search.lexing.documents import LexedDocument


class Lexer(Protocol):
    async def lexed(self, batch: Sequence[NewDocument]) -> list[LexedDocument]:
        """Return documents with their lexemes, in order.

        Raises TooBusy, and DocumentNotStorable if one of them cannot be lexed.
        """
