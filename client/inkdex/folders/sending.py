"""Sends the files of a folder. The server reads them, so that all ways in mean the same."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from inkdex.client import Inkdex
from inkdex.errors import Conflict, Forbidden, Invalid
from inkdex.folders.source import Source, Unusable
from inkdex.models.files import Uploaded

QUOTA_EXCEEDED = "quota-exceeded"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that the server has now. `sha256` is that of the bytes that it received."""

    path: str
    id: str
    sha256: str
    is_read: bool
    """Whether the server has read it already."""


@dataclass(slots=True)
class Sender:
    """Sends files, and keeps why some were refused."""

    client: Inkdex
    folder: Path
    source: Source
    collection: str | None
    refused: dict[str, str] = field(default_factory=dict)
    """Why files could not be sent, by path."""

    def send(self, paths: Iterable[str]) -> Iterator[Sent]:
        """Send files, and yield those that the server has taken."""
        for path in paths:
            try:
                uploaded = self._upload(path)
            except OSError as error:
                self.refused[path] = f"can't be read: {error.strerror}"
            except (Unusable, Invalid, Conflict) as problem:
                self.refused[path] = str(problem)
            except Forbidden as problem:
                if problem.code != QUOTA_EXCEEDED:
                    raise
                self.refused[path] = str(problem)
            else:
                for refused in uploaded.rejected:
                    self.refused[path] = refused.error.message
                for each in uploaded.items:
                    yield Sent(path, each.id, plain(each.sha256), each.status != "extracting")

    def _upload(self, path: str) -> Uploaded:
        return self.client.files.upload(
            self.folder / path,
            name=path,
            id=self.source.id_of(path),
            collection=self.collection,
            metadata={"path": path},
            source=self.source.name,
            replace="same_source",
        )


def plain(sha256: str) -> str:
    """Return a hash as `digest_of` does, without the name of the algorithm."""
    return sha256.removeprefix("sha256:")


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file; raises OSError."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
