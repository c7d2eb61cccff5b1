"""Sends the rows of a place as documents, many at a time."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from inkdex.client import Inkdex
from inkdex.errors import Forbidden
from inkdex.sources.origin import Row, RowOrigin, Unusable
from inkdex.sources.sending import QUOTA_EXCEEDED, Sent
from inkdex.sources.source import Source

BATCH_ROWS = 500
BATCH_CHARACTERS = 1 << 20


@dataclass(slots=True)
class RowSender:
    """Sends rows. The metadata of each document names its source."""

    client: Inkdex
    origin: RowOrigin
    source: Source
    collection: str | None
    refused: dict[str, str] = field(default_factory=dict)
    """Why rows could not be sent, by path."""
    unread: dict[str, str] = field(default_factory=dict)
    """None: a place whose rows cannot be read is away."""

    def send(self, paths: Collection[str]) -> Iterator[Sent]:
        """Send rows, and yield those that the server has taken."""
        if not paths:
            return
        for batch in _batches(self._documents(self.origin.rows(paths))):
            try:
                rejected = self._rejected(batch)
            except Forbidden as problem:
                if problem.code != QUOTA_EXCEEDED:
                    raise
                yield from self._perhaps_stored(batch, str(problem))
            else:
                yield from self._stored(batch, rejected)

    def _documents(self, rows: Iterator[Row]) -> Iterator[tuple[str, Row]]:
        """Yield the ids and rows that can be sent."""
        for row in rows:
            try:
                yield self.source.id_of(row.path), row
            except Unusable as problem:
                self.refused[row.path] = str(problem)

    def _rejected(self, batch: Mapping[str, Row]) -> dict[int, str]:
        """Send a batch, and return why rows were refused, by their numbers from 1."""
        documents = [
            {**row.document, "id": id_, "metadata": self._metadata(row)}
            for id_, row in batch.items()
        ]
        result = self.client.documents.bulk(
            documents, collection=self.collection, replace="same_source"
        )
        return {each.line: each.error for each in result.rejected}

    def _stored(self, batch: Mapping[str, Row], rejected: Mapping[int, str]) -> Iterator[Sent]:
        for number, (id_, row) in enumerate(batch.items(), 1):
            if reason := rejected.get(number):
                self.refused[row.path] = reason
            else:
                yield Sent(row.path, id_, row.sha256, is_read=True, is_document=True)

    def _perhaps_stored(self, batch: Mapping[str, Row], reason: str) -> Iterator[Sent]:
        """Yield all rows without their hashes. So they are sent again, and removed if gone."""
        for id_, row in batch.items():
            self.refused[row.path] = reason
            yield Sent(row.path, id_, sha256="", is_read=True, is_document=True)

    def _metadata(self, row: Row) -> dict[str, object]:
        return {**row.document["metadata"], "source": self.source.name}


def _batches(rows: Iterator[tuple[str, Row]]) -> Iterator[dict[str, Row]]:
    """Yield rows by their ids, as many as are held in memory at once."""
    batch, characters = dict[str, Row](), 0
    for id_, row in rows:
        batch[id_] = row
        characters += len(row.document["content"])
        if len(batch) == BATCH_ROWS or characters > BATCH_CHARACTERS:
            yield batch
            batch, characters = {}, 0
    if batch:
        yield batch
