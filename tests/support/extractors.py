"""An extractor that tests control: each form feed of a text file begins a part, which is a page."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shared.domain.files.parts import (
    ExtractionFailed,
    ExtractorVersion,
    FileErrorCode,
    Mark,
    Part,
)


@dataclass
class FakeExtractor:
    """Reads text. `fault` is raised behind the first part, and `before` runs before each."""

    version: str = "1.0"
    fault: Exception | None = None
    before: Callable[[], None] | None = None
    read: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def extract(self, file: Path, name: str, media_type: str | None) -> Iterator[Part]:
        self.extractor_of(name, media_type)
        self.read.append(name)
        pages = file.read_text().split("\f")
        for number, page in enumerate(pages, 1):
            if self.before:
                self.before()
            marks = (Mark("page", number, 0),)
            yield Part(f"Page {number}", page, {"said": "by the file", "year": 1}, "en", marks)
            if self.fault:
                raise self.fault

    def extractor_of(self, name: str, media_type: str | None) -> ExtractorVersion:  # noqa: ARG002
        if name.endswith(".exe"):
            raise ExtractionFailed(FileErrorCode.UNSUPPORTED_TYPE)
        return ExtractorVersion("fake", self.version)
