"""Text and Markdown files as documents, named as `make import` names them."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Self

from inkdex.folders import front_matter
from inkdex.folders.scan import ID_MAX_CHARACTERS, TEXT_SUFFIXES

SIGNATURES = {
    b"%PDF": "is a PDF, not a text",
    b"PK\x03\x04": "is a ZIP archive or an office document, not a text",
    b"\x1f\x8b": "is compressed; unpack it first",
    b"\x89PNG": "is an image, not a text",
    b"\xff\xd8\xff": "is an image, not a text",
    b"\xff\xfe": "is UTF-16; save it as UTF-8",
    b"\xfe\xff": "is UTF-16; save it as UTF-8",
}
TEXT_MAX_BYTES = 8 << 20
"""The server rejects longer lines."""


class Unusable(Exception):
    """The file cannot be a document. The message completes a sentence about it."""


def is_text(path: str) -> bool:
    """Say whether a file is sent as a document, rather than as a file."""
    return PurePosixPath(path).suffix.lower() in TEXT_SUFFIXES


@dataclass(frozen=True, slots=True)
class Source:
    """What documents record as their source, and what goes in front of their ids."""

    name: str
    prefix: str = ""

    @classmethod
    def of(cls, folder: Path, chosen: str | None) -> Self:
        """Return the name that the user chose, or one that only this folder has."""
        if chosen is not None:
            return cls(chosen, f"{chosen}/")
        digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
        return cls(f"{folder.resolve().name or 'root'}-{digest}")


def id_of(source: Source, path: str) -> str:
    """Return the id of a file's document; raises Unusable."""
    id_ = source.prefix + path
    if len(id_) > ID_MAX_CHARACTERS:
        raise Unusable(
            f"would get an id of {len(id_)} characters, and {ID_MAX_CHARACTERS} are allowed; "
            "shorten its path"
        )
    return id_


def document(source: Source, path: str, raw: bytes) -> dict[str, Any]:
    """Return the document of a text; raises Unusable."""
    id_, content = id_of(source, path), _decoded(raw)
    name = PurePosixPath(path)
    format_ = TEXT_SUFFIXES[name.suffix.lower()]
    fields, content = front_matter.split(content) if format_ == "markdown" else ({}, content)
    if not content.strip():
        raise Unusable("is empty")
    title = str(fields.pop("title", "")) or _title(content, format_, name.stem)
    own = {"path": path, "format": format_, "source": source.name}
    return {"id": id_, "title": title, "content": content, "metadata": fields | own}


def _decoded(raw: bytes) -> str:
    for signature, problem in SIGNATURES.items():
        if raw.startswith(signature):
            raise Unusable(problem)
    if len(raw) > TEXT_MAX_BYTES:
        raise Unusable(f"is over {TEXT_MAX_BYTES:,} bytes")
    if b"\0" in raw:
        raise Unusable("has NUL bytes, so it is not a text in UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable("is not UTF-8; save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _title(content: str, format_: str, stem: str) -> str:
    first = content.lstrip().partition("\n")[0]
    is_heading = format_ == "markdown" and first.startswith("# ")
    return (first[2:].strip() if is_heading else "") or stem
