"""Reads files as a worker does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.adapters.extraction.process_extractor import ProcessExtractor
from shared.config import Settings
from shared.domain.files.parts import ExtractionFailed, Part

Reads = Callable[..., list[Part]]
Fails = Callable[..., ExtractionFailed]


@pytest.fixture
def extractor() -> ProcessExtractor:
    return ProcessExtractor(Settings())


@pytest.fixture
def reads(extractor: ProcessExtractor, tmp_path: Path) -> Reads:
    """Write a file and return its parts."""

    def read(name: str, content: bytes | str, media_type: str | None = None) -> list[Part]:
        raw = content.encode() if isinstance(content, str) else content
        file = tmp_path / "file"
        file.write_bytes(raw)
        return list(extractor.extract(file, name, media_type))

    return read


@pytest.fixture
def fails(reads: Reads) -> Fails:
    """Write a file that cannot be read, and return the failure."""

    def fail(name: str, content: bytes | str, media_type: str | None = None) -> ExtractionFailed:
        with pytest.raises(ExtractionFailed) as failure:
            reads(name, content, media_type)
        return failure.value

    return fail
