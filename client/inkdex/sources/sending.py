"""Sends the files of a place. The server reads them, so that all ways in mean the same."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from inkdex.client import Inkdex
from inkdex.errors import Conflict, Forbidden, Invalid
from inkdex.models.files import Uploaded
from inkdex.sources.origin import FileOrigin, Unusable
from inkdex.sources.source import Source

QUOTA_EXCEEDED = "quota-exceeded"
OTHER_SOURCE = "other-source"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that the server has now. `sha256` is that of the bytes that it received."""

    path: str
    id: str
    sha256: str
    is_read: bool
    """Whether the server has read it already."""
    is_document: bool = False


class Sender(Protocol):
    """Sends what a place has, and keeps why some was not sent."""

    refused: dict[str, str]
    """Why it would be refused again, by path."""
    unread: dict[str, str]
    """Why it could not be read here, by path. A later look may read it."""

    def send(self, paths: Collection[str]) -> Iterator[Sent]:
        """Send what has these paths, and yield what the server has taken."""


@dataclass(slots=True)
class FileSender:
    """Sends files, one after the other."""

    client: Inkdex
    origin: FileOrigin
    source: Source
    collection: str | None
    replace: Literal["all", "same_source"] = "same_source"
    refused: dict[str, str] = field(default_factory=dict)
    """Why files were refused, by path."""
    unread: dict[str, str] = field(default_factory=dict)
    """Why files could not be read here, by path."""
    of_other_sources: int = 0
    """How many of those refused would have replaced what another source has written."""

    def send(self, paths: Collection[str]) -> Iterator[Sent]:
        """Send files, and yield those that the server has taken."""
        for path in paths:
            try:
                uploaded = self._upload(path)
            except OSError as error:
                self.unread[path] = f"can't be read: {error.strerror}"
            except (Unusable, Invalid, Conflict, Forbidden) as problem:
                if isinstance(problem, Forbidden) and problem.code != QUOTA_EXCEEDED:
                    raise
                self.refused[path] = str(problem)
            else:
                for refused in uploaded.rejected:
                    self.refused[path] = refused.error.message
                    self.of_other_sources += refused.error.code == OTHER_SOURCE
                for each in uploaded.items:
                    yield Sent(path, each.id, plain(each.sha256), each.status != "extracting")

    def _upload(self, path: str) -> Uploaded:
        content = self.origin.content(path)
        return self.client.files.upload(
            content.file,
            name=content.name,
            id=self.source.id_of(path),
            collection=self.collection,
            metadata=content.metadata,
            source=self.source.name,
            replace=self.replace,
        )


def plain(sha256: str) -> str:
    """Return a hash without the name of the algorithm."""
    return sha256.removeprefix("sha256:")
