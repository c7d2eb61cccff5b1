"""What a source is like: a place with files, each with a path."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


class Unusable(Exception):
    """The file cannot be sent. The message completes a sentence about it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file by its path in the place. `stamp` changes with the file; empty if nothing tells."""

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

    def skip(self, reason: str, path: str) -> None:
        """Note that a path is left out."""
        self.skipped.setdefault(reason, []).append(path)

    def hides(self, path: str) -> bool:
        """Say whether a path could not be looked at."""
        return any(path == each or path.startswith(f"{each}/") for each in self.problems)


@dataclass(frozen=True, slots=True)
class Content:
    """What is sent of a file. `name` has the suffix that tells its type."""

    file: Path
    name: str
    metadata: dict[str, Any]


class Origin(Protocol):
    """A place that has files."""

    @property
    def name(self) -> str:
        """The name of the source if the user gives none."""

    @property
    def address(self) -> str:
        """Where it is."""

    def scan(self) -> Scan:
        """Return the files. Raises OSError or InkdexError if the place cannot be read."""

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a file. Raises OSError."""

    def content(self, path: str) -> Content:
        """Return what to send of a file. Raises OSError and Unusable."""

    def close(self) -> None:
        """Give back what it holds: connections, and temporary files."""
