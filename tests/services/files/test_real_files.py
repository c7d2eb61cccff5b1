"""Real files through the extractor that workers have."""

import pytest

from shared.adapters.extraction.process_extractor import ProcessExtractor
from shared.config import Settings
from shared.domain.files.file import FileOptions, FileStatus
from shared.domain.operations.client import ANYONE
from shared.services.files.service import FileService
from tests.services.files.conftest import MakeExtraction
from tests.support.collections import named
from tests.support.office_files import zip_bomb
from tests.support.pdf_files import locked_pdf, pdf, scanned_pdf

pytestmark = pytest.mark.anyio

BROKEN = {
    "locked.pdf": (locked_pdf("secret"), "encrypted"),
    "scan.pdf": (scanned_pdf(), "scanned"),
    "bomb.docx": (zip_bomb(), "archive-bomb"),
    "program.exe": (b"MZ\0\0\0", "unsupported-type"),
}


async def test_broken_files_are_named_with_their_reasons(
    settings: Settings, files: FileService, make_extraction: MakeExtraction
) -> None:
    extraction = make_extraction(ProcessExtractor(settings))
    async with files.upload(ANYONE) as upload:
        for name, content in {**BROKEN, "good.pdf": (pdf(["Ink dries."]), "")}.items():
            await upload.begin(name, None)
            await upload.add(content[0])
            await upload.end()
        refs = await upload.accept(named("c"), None, FileOptions(None, {}, None))
    while await extraction.extract_one():
        pass
    found = {file.ref.id: file for file in await files.every(refs)}
    assert found.pop("good.pdf").status is FileStatus.PENDING
    reasons = {id_: file.error.code for id_, file in found.items() if file.error}
    assert reasons == {name: code for name, (_, code) in BROKEN.items()}
    assert {file.status for file in found.values()} == {FileStatus.FAILED}
