"""Checks office documents, which are ZIP archives, before anything is unpacked."""

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from shared.adapters.extraction.kinds import unsupported
from shared.domain.files.parts import ExtractionFailed, FileErrorCode

ENTRIES_MAX = 5000
UNPACKED_MAX_BYTES = 256 * 1024 * 1024
RATIO_MAX = 100
RATIO_FROM_BYTES = 8 * 1024 * 1024
"""Small documents of much repetition have a higher ratio, and do no harm."""
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
OLE_HEAD_BYTES = 4 * 1024 * 1024


def checked_archive(file: Path) -> None:
    """Raise ExtractionFailed unless the file is a DOCX that unpacks to a reasonable size."""
    with file.open("rb") as opened:
        head = opened.read(OLE_HEAD_BYTES)
    if head.startswith(OLE):
        if ENCRYPTED_PACKAGE in head:
            raise ExtractionFailed(FileErrorCode.ENCRYPTED)
        raise unsupported("The file is in an office format from before 2007.")
    try:
        with ZipFile(file) as archive:
            _check(archive, file.stat().st_size)
    except (BadZipFile, ValueError, OSError):
        raise ExtractionFailed(FileErrorCode.UNREADABLE) from None


def _check(archive: ZipFile, packed: int) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    is_bomb = unpacked > UNPACKED_MAX_BYTES or (
        unpacked > RATIO_FROM_BYTES and unpacked > RATIO_MAX * packed
    )
    if len(entries) > ENTRIES_MAX or is_bomb:
        raise ExtractionFailed(FileErrorCode.ARCHIVE_BOMB)
    if any(entry.flag_bits & 1 for entry in entries):
        raise ExtractionFailed(FileErrorCode.ENCRYPTED)
    if "word/document.xml" not in archive.namelist():
        raise unsupported("The file is an archive, and not a DOCX.")
