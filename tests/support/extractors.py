"""An extractor that tests control: form feeds part documents, vertical tabs part pages."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shared.domain.files.parts import (
    JSON,
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
    said: dict[str, JSON] = field(default_factory=lambda: {"said": "by the file", "year": 1})
    before: Callable[[], None] | None = None
    read: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def extract(self, file: Path, name: str, media_type: str | None) -> Iterator[Part]:
        self.extractor_of(name, media_type)
        self.read.append(name)
        page = 1
        for text in file.read_text().split("\f"):
            if self.before:
                self.before()
            starts = [0, *(at + 1 for at, each in enumerate(text) if each == "\v")]
            marks = tuple(Mark("page", page + n, start) for n, start in enumerate(starts))
            yield Part(f"Page {page}", text, self.said, "en", marks)
            page += len(marks)
            if self.fault:
                raise self.fault

    def extractor_of(self, name: str, media_type: str | None) -> ExtractorVersion:  # noqa: ARG002
        if name.endswith(".exe"):
            raise ExtractionFailed(FileErrorCode.UNSUPPORTED_TYPE)
        return ExtractorVersion("fake", self.version)
