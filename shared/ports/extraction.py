"""What reads the text of files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from shared.domain.files.parts import ExtractorVersion, Part


class Extractor(Protocol):
    def extract(self, file: Path, name: str, media_type: str | None) -> Iterator[Part]:
        """Yield the parts of a file, at least one, as they are read. It blocks in between.

        `name` and `media_type` are what the sender says of the file. Raises ExtractionFailed, also
        after some parts: a file is read when the iterator has ended. Closing it stops the reading.
        Raises OSError if the machine is to blame, and not the file.
        """

    def extractor_of(self, name: str, media_type: str | None) -> ExtractorVersion:
        """Return what would read the file. Raises ExtractionFailed for an unsupported type."""
