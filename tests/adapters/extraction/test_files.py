"""A folder as people have it: every file gives text or the code of its failure."""

import multiprocessing
import os
import resource
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.adapters.extraction.process_extractor import ProcessExtractor
from shared.adapters.extraction.records import packed
from shared.config import Settings
from shared.domain.documents.document import NewDocument
from shared.domain.documents.validation import DocumentLimits, check_document
from shared.domain.files.parts import ExtractionFailed, FileErrorCode, Part
from shared.domain.refs import DocumentRef
from tests.support.collections import named
from tests.support.files import broken, heavy, readable, write_large_csv

MEGABYTE = 1024 * 1024
MEMORY_MAX_BYTES = 400 * MEGABYTE
KILOBYTES = sys.platform == "linux"


def outcome(extractor: ProcessExtractor, file: Path, name: str) -> list[Part] | FileErrorCode:
    try:
        return list(extractor.extract(file, name, None))
    except ExtractionFailed as failure:
        return failure.code


def read_all(files: list[tuple[Path, str]]) -> tuple[list[list[Part] | FileErrorCode], int]:
    """Read files, two at a time; return what they gave, and the most memory of a process."""
    extractor = ProcessExtractor(Settings())
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda each: outcome(extractor, *each), files))
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1024 if KILOBYTES else 1)
    return outcomes, most


def check_valid(part: Part) -> None:
    document = NewDocument(
        DocumentRef(named("c"), "id"), part.title, part.text, dict(part.metadata)
    )
    check_document(document, DocumentLimits())
    assert packed(part)


@pytest.mark.timeout(600)
def test_every_file_gives_text_or_its_code(tmp_path: Path) -> None:
    samples = [*readable(1), *broken(), *heavy()]

    named_files = []
    for number, sample in enumerate(samples):
        file = tmp_path / f"{number}"
        file.write_bytes(sample.raw)
        named_files.append((file, sample.name))
    # The servers of other tests would be children of this process.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        outcomes, most = pool.submit(read_all, named_files).result()
    for sample, found in zip(samples, outcomes, strict=True):
        if isinstance(found, FileErrorCode):
            assert found == sample.code, ascii(sample.name)
            continue
        assert sample.text, ascii(sample.name)
        read_text = " ".join(" ".join(part.text for part in found).split())
        assert sample.text in read_text, ascii(sample.name)
        for part in found:
            check_valid(part)
    assert most < MEMORY_MAX_BYTES


def test_a_large_table_takes_no_more_memory(extractor: ProcessExtractor, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    last = write_large_csv(file, 20)
    rows, mark = 1, None
    for part in extractor.extract(file, "large.csv", None):
        for mark in part.marks:
            rows += 1
            assert mark.number == rows
    assert mark is not None
    assert rows == last
    assert part.text[mark.start :].startswith(f"Number: {last}\nText: The ink of order {last}")


def test_a_file_whose_path_is_not_utf8(extractor: ProcessExtractor, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"caf\xe9.txt")
    file.write_text("Words.")
    (part,) = extractor.extract(file, file.name, None)
    assert (part.title, part.text) == ("caf\ufffd", "Words.")
