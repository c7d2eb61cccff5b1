"""DOCX, and archives that are none."""

import pytest

from shared.domain.files.parts import FileErrorCode
from tests.adapters.extraction.conftest import Fails, Reads
from tests.support.office_files import OLE, archive, docx, locked_docx, zip_bomb


def test_headings_and_tables_are_kept(reads: Reads) -> None:
    sections = [("Tinte", "Sie trocknet."), ("Papier", "Es vergilbt.")]
    rows = [["Farbe", "Preis"], ["rot", "3"]]
    (part,) = reads("a.docx", docx("Ein Bericht", sections, rows))
    assert part.title == "Ein Bericht"
    assert part.metadata["author"] == "Ada Berg"
    assert part.text == (
        "# Tinte\n\nSie trocknet.\n\n# Papier\n\nEs vergilbt.\n\nFarbe | Preis\nrot | 3"
    )
    assert part.marks == ()


WORKBOOK = archive(xl__workbook="<x/>")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(zip_bomb(), FileErrorCode.ARCHIVE_BOMB, id="a bomb by size"),
        pytest.param(zip_bomb(20), FileErrorCode.ARCHIVE_BOMB, id="a bomb by ratio"),
        pytest.param(
            archive(**{f"member{n}": "" for n in range(5001)}),
            FileErrorCode.ARCHIVE_BOMB,
            id="a bomb by number",
        ),
        pytest.param(locked_docx(), FileErrorCode.ENCRYPTED, id="encrypted"),
        pytest.param(OLE + bytes(2000), FileErrorCode.UNSUPPORTED_TYPE, id="an old office file"),
        pytest.param(WORKBOOK, FileErrorCode.UNSUPPORTED_TYPE, id="a workbook"),
        pytest.param(docx("T", [("A", "B")])[:-200], FileErrorCode.UNREADABLE, id="truncated"),
        pytest.param(
            archive(word__document="<w"), FileErrorCode.UNSUPPORTED_TYPE, id="no document"
        ),
        pytest.param(
            archive(**{"word__document.xml": "<w"}), FileErrorCode.UNREADABLE, id="broken XML"
        ),
        pytest.param(docx("T", []), FileErrorCode.EMPTY, id="empty"),
    ],
)
def test_a_docx_that_cannot_be_read(fails: Fails, raw: bytes, code: FileErrorCode) -> None:
    assert fails("a.docx", raw).code == code
