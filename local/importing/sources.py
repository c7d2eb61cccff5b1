"""Sources of documents: a JSON Lines file, or a folder of text and Markdown files.

Every document gets the same id each time, so importing it again changes nothing.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from local.errors import StackError

ITEM_MAX_BYTES = 8 * 1024 * 1024
"""The API rejects longer lines."""
SUFFIXES = {".txt": "text", ".md": "markdown", ".markdown": "markdown"}


@dataclass(frozen=True, slots=True)
class Item:
    """One document of a source: its line of JSON, or the error that prevents one."""

    location: str
    """The line or file, for messages."""
    end: int
    """The position after the document."""
    line: bytes = b""
    error: str | None = None


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

    def items(self, start: int) -> Iterator[Item]:
        """Yield the documents from a position onwards."""
        ...


def open_source(path: Path) -> Source:
    """Return the source at a path. Raises StackError if there is none."""
    if path.is_dir():
        return Folder(path)
    if not path.is_file():
        raise StackError(f"{path} is neither a file nor a folder.")
    return JsonLines(path)


class JsonLines:
    """A file with one document on each line. Positions are bytes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def size(self) -> int:
        """The size of the file."""
        return self._path.stat().st_size

    @property
    def state(self) -> str:
        """The size of the file and its modification time."""
        stat = self._path.stat()
        return f"{stat.st_size} {stat.st_mtime_ns}"

    def items(self, start: int) -> Iterator[Item]:
        """Yield a document for each line that is not blank."""
        with self._path.open("rb") as file:
            number = _lines_before(file, start)
            while line := file.readline(ITEM_MAX_BYTES + 1):
                number += 1
                whole = len(line) <= ITEM_MAX_BYTES
                while not (whole or line.endswith(b"\n")) and (more := file.readline(65536)):
                    line = more
                location = f"line {number}"
                if not whole:
                    yield Item(location, file.tell(), error=f"is over {ITEM_MAX_BYTES:,} bytes")
                elif line.strip():
                    yield Item(location, file.tell(), _with_id(line.strip()))


def _lines_before(file: Any, start: int) -> int:  # noqa: ANN401 - a file
    """Count the lines up to a position and move the file there."""
    count = 0
    while file.tell() < start:
        count += file.read(min(1 << 20, start - file.tell())).count(b"\n")
    return count


def _with_id(line: bytes) -> bytes:
    """Add an id, a hash of the text, if the document has none. The API checks everything else."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(document, dict) or document.get("id") is not None:
        return line
    text = json.dumps([document.get("title"), document.get("content")])
    document["id"] = hashlib.sha256(text.encode()).hexdigest()[:32]
    return json.dumps(document).encode()


class Folder:
    """The text and Markdown files in a folder and its subfolders. Positions count files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files = sorted(each for each in path.rglob("*") if _is_text(each))
        if not self._files:
            raise StackError(f"{path} contains no {', '.join(SUFFIXES)} files.")

    @property
    def size(self) -> int:
        """The number of files."""
        return len(self._files)

    @property
    def state(self) -> str:
        """A hash of the file names. The API recognises the files that did not change."""
        return hashlib.sha256("\0".join(map(str, self._files)).encode()).hexdigest()

    def items(self, start: int) -> Iterator[Item]:
        """Yield a document for each file."""
        for number, path in enumerate(self._files[start:], start + 1):
            yield self._item(path, number)

    def _item(self, path: Path, number: int) -> Item:
        name = path.relative_to(self._path).as_posix()
        try:
            if path.stat().st_size > ITEM_MAX_BYTES:
                return Item(name, number, error=f"is over {ITEM_MAX_BYTES:,} bytes")
            content = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            return Item(name, number, error="is not UTF-8")
        except OSError as error:
            return Item(name, number, error=f"can't be read: {error.strerror}")
        document = {
            "id": name,
            "title": _title(path, content),
            "content": content,
            "metadata": {"path": name, "format": SUFFIXES[path.suffix.lower()]},
        }
        return Item(name, number, json.dumps(document).encode())


def _is_text(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _title(path: Path, content: str) -> str:
    """Return a Markdown file's first heading, or the file's name."""
    first = content.lstrip().partition("\n")[0]
    is_heading = SUFFIXES[path.suffix.lower()] == "markdown" and first.startswith("# ")
    return (first[2:].strip() if is_heading else "") or path.stem
