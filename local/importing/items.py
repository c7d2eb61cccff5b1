"""The documents of a source, one at a time, and how their names are shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

ITEM_MAX_BYTES = 8 * 1024 * 1024
"""The API rejects longer lines."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that the server reads, with what is stored beside its text."""

    path: Path
    source: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One document or file of a source, or why there is none."""

    location: str
    """The line or file, for messages."""
    end: int
    """The position after the document."""
    line: bytes = b""
    id: str | None = None
    collection: str | None = None
    error: str | None = None
    """Why the document cannot be imported."""
    skipped: str | None = None
    """Why the document is left out."""
    upload: Upload | None = None
    """Sent instead of a line."""


class Source(Protocol):
    """Documents in a fixed order. Positions grow from 0 to `size`."""

    @property
    def size(self) -> int:
        """The position after the last document."""
        ...

    @property
    def state(self) -> str:
        """A text that changes when the source changes."""
        ...

    @property
    def keeps_other_sources(self) -> bool:
        """Whether its ids could be those of another source by accident."""
        ...

    @property
    def skipped(self) -> Mapping[str, Sequence[str]]:
        """The names of the files and folders that are left out, by reason."""
        ...

    def items(self, start: int) -> Iterator[Item]:
        """Yield the documents from a position onwards."""
        ...


def shown(text: str) -> str:
    r"""Return a text as one printable line. A byte that is not UTF-8 looks like \xe9."""
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # Python's form of such a byte
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
