"""What is read from a file: parts of text with their pages, rows or lines, or why nothing is."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from shared.domain.errors import InkdexError
from shared.domain.reasons import Explained

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
Unit: TypeAlias = Literal["page", "row", "line"]

PART_MAX_BYTES = 256 * 1024
"""The most text of a part, in bytes of UTF-8. A longer file has several parts."""


class FileErrorCode(Explained):
    """Why a file cannot be read."""

    ENCRYPTED = "encrypted", "The file is protected by a password. Save it without one."
    SCANNED = "scanned", "Its pages are pictures without text. Recognise the text first (OCR)."
    TOO_LARGE = "too-large", "The file, or the text in it, is larger than the limit."
    TOO_MANY_PAGES = "too-many-pages", "The file has more pages than INKDEX_EXTRACT_PAGES_MAX."
    ARCHIVE_BOMB = "archive-bomb", "The file unpacks to far more than its own size."
    UNSUPPORTED_TYPE = "unsupported-type", "Inkdex does not read files of this type."
    UNREADABLE = "unreadable", "The file is damaged, or is not what its name says."
    EMPTY = "empty", "The file has no text."
    TIMED_OUT = "timed-out", "Reading the file took longer than INKDEX_EXTRACT_SECONDS."
    OUT_OF_MEMORY = (
        "out-of-memory",
        "Reading the file takes more memory than INKDEX_EXTRACT_MEMORY_BYTES.",
    )


class ExtractionFailed(InkdexError):
    """A file cannot be read. The message holds no text of the file."""

    def __init__(self, code: FileErrorCode, message: str = "") -> None:
        self.message = message or code.meaning
        super().__init__(self.message)
        self.code = code


class ExtractorVersion(NamedTuple):
    """What reads a kind of files. Another version may read other text from the same file."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A page, row or line of the file, counted from 1, that begins at `start` in a part's text.

    `start` is an offset in characters. A mark holds until the next one.
    """

    unit: Unit
    number: int
    start: int


@dataclass(frozen=True, slots=True)
class Part:
    """A text that can be stored as a document. `marks` are in the order of their starts.

    `metadata` is what the file says of itself, and `language` a tag such as `de` or `pt-BR`.
    """

    title: str | None
    text: str
    metadata: dict[str, JSON]
    language: str | None
    marks: tuple[Mark, ...]
