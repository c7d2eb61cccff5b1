"""What a source is like: a place with files or rows, each with a path."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from inkdex.errors import InkdexError


class Unusable(Exception):
    """The file cannot be sent. The message completes a sentence about it."""


class Unreadable(OSError):
    """A file of a place cannot be read; `strerror` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(0, reason)


class Away(InkdexError):
    """The place does not answer now. A later look may find it again."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file or a row by its path in the place.

    `stamp` changes when it does, and is empty if nothing tells.
    """

    path: str
    stamp: str
    modified: float = 0.0
    """In seconds since 1970."""


@dataclass(slots=True)
class Scan:
    """The files of a place."""

    files: dict[str, Found] = field(default_factory=dict)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    """The paths that are left out, by reason."""
    problems: dict[str, str] = field(default_factory=dict)
    """Why files cannot be read, by path. What is below such a path is not known to be gone."""
    is_whole: bool = True
    """Whether all of the place was looked at. Otherwise nothing is known to be gone."""

    def skip(self, reason: str, path: str) -> None:
        """Note that a path is left out."""
        self.skipped.setdefault(reason, []).append(path)

    def cut(self, reason: str, path: str) -> None:
        """Note that the place has more than is looked at, and a path that is left out."""
        self.skip(reason, path)
        self.is_whole = False

    def hides(self, path: str) -> bool:
        """Say whether a path could not be looked at."""
        return not self.is_whole or any(each in self.problems for each in _upwards(path))


def _upwards(path: str) -> Iterator[str]:
    """Yield a path and the folders that it is in."""
    while path:
        yield path
        path = path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Content:
    """What is sent of a file. `name` has the suffix that tells its type."""

    file: Path
    name: str
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A document that a place has: its path, what is written, and the hash of that."""

    path: str
    document: dict[str, Any]
    sha256: str


class Origin(Protocol):
    """A place that has files or rows."""

    @property
    def name(self) -> str:
        """The name of the source if the user gives none."""

    @property
    def address(self) -> str:
        """Where it is, without a password."""

    @property
    def pause(self) -> float:
        """How many seconds to wait between two looks at the place."""

    def scan(self) -> Scan:
        """Return what is there. Raises OSError or InkdexError if the place cannot be read."""

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a file or a row. Raises OSError."""

    def close(self) -> None:
        """Give back what it holds: connections, and temporary files."""


class FileOrigin(Origin, Protocol):
    """A place that has files, which the server reads."""

    def content(self, path: str) -> Content:
        """Return what to send of a file, until the next one. Raises OSError and Unusable."""


@runtime_checkable
class RowOrigin(Origin, Protocol):
    """A place that has rows, each of them a document."""

    def rows(self, paths: Collection[str]) -> Iterator[Row]:
        """Yield the rows that are still there. Raises InkdexError."""
