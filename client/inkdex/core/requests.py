"""Requests as values: what is sent, and whether it may be sent again."""

import errno
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import quote

import httpx
from pydantic import BaseModel

JSON_TYPE = {"content-type": "application/json"}
CHANGED = "it changed while it was read"
SHOWN = 200
REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})

Progress = Callable[[int, int], None]
"""Called with the bytes that were sent, and with their total."""


@dataclass(frozen=True, slots=True)
class Form:
    """A file with its fields, as multipart."""

    file: Path | bytes
    name: str
    fields: Mapping[str, str]
    on_progress: Progress | None = None

    @contextmanager
    def opened(self) -> Iterator[dict[str, Any]]:
        """Open the file for one try."""
        with io.BytesIO(self.file) if isinstance(self.file, bytes) else self.file.open("rb") as raw:
            yield {"data": self.fields, "files": {"file": (self.name, _Counted(raw, self))}}


class _Counted:
    """A file as long as it was when it was opened, which tells how much of it was read."""

    def __init__(self, raw: BinaryIO, form: Form) -> None:
        self._raw = raw
        self._total = raw.seek(0, io.SEEK_END)
        self._on_progress = form.on_progress
        raw.seek(0)

    def read(self, size: int = -1) -> bytes:
        """Read, and tell how far; raises OSError if the file was cut meanwhile."""
        left = self._total - self._raw.tell()
        chunk = self._raw.read(left if size < 0 else min(size, left))
        if left and not chunk:
            raise OSError(errno.EIO, CHANGED)
        if self._on_progress:
            self._on_progress(self._raw.tell(), self._total)
        return chunk

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move, as a file of that length does."""
        if whence == io.SEEK_END:
            offset, whence = self._total + offset, io.SEEK_SET
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        """Return the position, as a file does."""
        return self._raw.tell()


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    `repeatable`: it may be sent again if the connection breaks or the server is busy. `rest` makes
    what is left of it from the answer that stopped it. `wait` is how long to wait for a busy
    server, in seconds, instead of what `Retries` says.
    """

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    form: Form | None = None
    repeatable: bool = False
    rest: "Callable[[httpx.Response], Request] | None" = None
    timeout: float | None = None
    patient: bool = False

    @contextmanager
    def opened(self) -> Iterator[dict[str, Any]]:
        """Return the arguments of `build_request` for one try."""
        arguments: dict[str, Any] = {"params": self.params, "headers": self.headers}
        if self.timeout is not None:
            arguments["timeout"] = self.timeout
        if self.form is None:
            yield arguments | {"content": self.content}
        else:
            with self.form.opened() as form:
                yield arguments | form


class Unset:
    """The type of UNSET."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()
"""An argument that was not given, where None says something else: remove."""


def given(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def changed(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return the fields that are not UNSET: those of a merge patch."""
    return {name: value for name, value in fields.items() if value is not UNSET}


def in_query(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return the fields that are not None as they stand in a URL."""
    return {name: _text(value) for name, value in given(**fields).items()}


def _text(value: object) -> object:
    if isinstance(value, Mapping):
        return encoded(value).decode()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return in_unicode(value)
    return list(value) if hasattr(value, "__iter__") else value


def encoded(value: object) -> bytes:
    """Return JSON. Models are written by their names on the wire."""
    return json.dumps(value, separators=(",", ":"), default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return list(value)  # type: ignore[call-overload] # or a TypeError, as json raises


def filled(template: str, **values: str | int) -> str:
    """Put values into a path, each as one segment; raises ValueError if one is not UTF-8."""
    segments = {name: in_unicode(str(value)) for name, value in values.items()}
    return template.format(**{name: quote(each, safe="") for name, each in segments.items()})


def in_unicode(name: str) -> str:
    """Return a name; raises ValueError if it was given in bytes that are not UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name[:SHOWN]} is not UTF-8.") from None
    return name
