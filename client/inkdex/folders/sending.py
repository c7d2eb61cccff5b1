"""Sends files of a folder: texts as documents in batches, others as files."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inkdex.client import Inkdex
from inkdex.errors import Conflict, Invalid
from inkdex.folders import texts
from inkdex.folders.texts import Source, Unusable

BATCH_FILES = 200
BATCH_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that the server has now. `sha256` is that of the bytes that were sent."""

    path: str
    id: str
    kind: str
    sha256: str


@dataclass(slots=True)
class Sender:
    """Sends files, and keeps why some were refused."""

    client: Inkdex
    folder: Path
    source: Source
    collection: str | None
    refused: dict[str, str] = field(default_factory=dict)
    """Why files could not be sent, by path."""
    unchanged: int = 0
    """How many documents the server had already."""

    def send(self, paths: Iterable[str]) -> Iterator[list[Sent]]:
        """Send files, and yield those that the server has taken, some at a time."""
        batch: list[tuple[Sent, dict[str, Any]]] = []
        size = 0
        for path in paths:
            try:
                if not texts.is_text(path):
                    yield from self._upload(path)
                    continue
                raw = (self.folder / path).read_bytes()
                document = texts.document(self.source, path, raw)
            except (Unusable, OSError) as problem:
                self.refused[path] = getattr(problem, "strerror", None) or str(problem)
                continue
            batch.append((Sent(path, document["id"], "text", _digest(raw)), document))
            size += len(raw)
            if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
                yield self._bulk(batch)
                batch, size = [], 0
        if batch:
            yield self._bulk(batch)

    def _bulk(self, batch: list[tuple[Sent, dict[str, Any]]]) -> list[Sent]:
        result = self.client.documents.bulk(
            [document for _, document in batch],
            collection=self.collection,
            replace="same_source",
        )
        self.unchanged += result.unchanged
        errors = {each.line - 1: each.error for each in result.rejected}
        self.refused |= {batch[index][0].path: error for index, error in errors.items()}
        return [sent for index, (sent, _) in enumerate(batch) if index not in errors]

    def _upload(self, path: str) -> Iterator[list[Sent]]:
        id_, file = texts.id_of(self.source, path), self.folder / path
        sha256 = digest_of(file)
        try:
            uploaded = self.client.files.upload(
                file,
                name=path,
                id=id_,
                collection=self.collection,
                metadata={"path": path},
                source=self.source.name,
            )
        except (Invalid, Conflict) as error:
            self.refused[path] = str(error)
            return
        for each in uploaded.rejected:
            self.refused[path] = each.error.message
        yield [Sent(path, id_, "file", sha256) for _ in uploaded.items]


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file; raises OSError."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
