"""PDF: pages, and why some have no text."""

import pytest

from shared.adapters.extraction.process_extractor import ProcessExtractor
from shared.config import Settings
from shared.domain.files.parts import FileErrorCode, Mark
from tests.adapters.extraction.conftest import Fails, Reads
from tests.support.pdf_files import locked_pdf, long_pdf, pdf, scanned_pdf


def test_pages_are_marked(reads: Reads) -> None:
    pages = ["Über Tinte\nauf Papier", "", "Dritte Seite"]
    (part,) = reads("bericht.pdf", pdf(pages, title="Bericht", author="Ada Berg"))
    assert part.title == "Bericht"
    assert part.metadata["pages"] == 3
    assert part.metadata["author"] == "Ada Berg"
    assert part.text == "Über Tinte\nauf Papier\n\nDritte Seite"
    assert part.marks == (Mark("page", 1, 0), Mark("page", 3, part.text.index("Dritte")))


def test_the_content_counts_more_than_the_name(reads: Reads) -> None:
    assert reads("notes.txt", pdf(["A page"]))[0].text == "A page"


def test_a_long_pdf(reads: Reads) -> None:
    parts = reads("long.pdf", long_pdf(3000))
    marks = [(part, mark) for part in parts for mark in part.marks]
    assert [mark.number for _, mark in marks] == list(range(1, 3001))
    for part, mark in marks[::500]:
        assert part.text[mark.start :].startswith(f"Report on ink, page {mark.number}")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(locked_pdf("secret"), FileErrorCode.ENCRYPTED, id="encrypted"),
        pytest.param(scanned_pdf(), FileErrorCode.SCANNED, id="scanned"),
        pytest.param(pdf(["text"])[:300], FileErrorCode.UNREADABLE, id="truncated"),
        pytest.param(b"%PDF-1.7\nwords", FileErrorCode.UNREADABLE, id="only a header"),
        pytest.param(b"no PDF", FileErrorCode.UNREADABLE, id="a text"),
        pytest.param(b"", FileErrorCode.EMPTY, id="empty"),
    ],
)
def test_a_pdf_that_cannot_be_read(fails: Fails, raw: bytes, code: FileErrorCode) -> None:
    assert fails("a.pdf", raw).code == code


@pytest.mark.parametrize(
    "extractor", [ProcessExtractor(Settings(extract_pages_max=2))], ids=["two pages"]
)
def test_too_many_pages(fails: Fails) -> None:
    failure = fails("a.pdf", long_pdf(3))
    assert failure.code == FileErrorCode.TOO_MANY_PAGES
    assert failure.message == "The file has 3 pages; the limit is 2."
