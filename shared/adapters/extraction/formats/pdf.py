"""PDF: its text page by page, and what its information dictionary says."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePath

import pypdfium2
from pypdfium2 import raw

from shared.adapters.extraction.cleaning import clean_language, clean_metadata, clean_title
from shared.adapters.extraction.cutting import BETWEEN_PIECES, Head, Piece, cut
from shared.adapters.extraction.limits import ExtractionLimits
from shared.domain.files.parts import ExtractionFailed, FileErrorCode, Part

_HYPHEN = re.compile("[\ufffe\x02]\r?\n?")
"""What PDFium has for a hyphen at the end of a line, where a word was divided."""
_DATE = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?")
_INFORMATION = {"Author": "author", "Subject": "subject", "Keywords": "keywords"}


def read(file: Path, name: str, limits: ExtractionLimits) -> Iterator[Part]:
    document = _opened(file)
    pages = len(document)
    if pages > limits.pages_max:
        message = f"The file has {pages:,} pages; the limit is {limits.pages_max:,}."
        raise ExtractionFailed(FileErrorCode.TOO_MANY_PAGES, message)
    is_read = False
    for part in cut(_head(document, name), _pages(document), "page", BETWEEN_PIECES):
        is_read = True
        yield part
    if not is_read:
        raise ExtractionFailed(FileErrorCode.SCANNED if pages else FileErrorCode.EMPTY)


def _opened(file: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        locked = {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        is_encrypted = getattr(error, "err_code", None) in locked
        code = FileErrorCode.ENCRYPTED if is_encrypted else FileErrorCode.UNREADABLE
        raise ExtractionFailed(code) from None


def _head(document: pypdfium2.PdfDocument, name: str) -> Head:
    told = document.get_metadata_dict()
    metadata: dict[object, object] = {"pages": len(document)}
    metadata |= {ours: told[key] for key, ours in _INFORMATION.items() if told.get(key)}
    if date := _DATE.match(told.get("CreationDate", "")):
        metadata["created"] = "-".join(part or "01" for part in date.groups())
    language = clean_language(_language(document))
    if language:
        metadata["lang"] = language
    title = clean_title(told.get("Title"), PurePath(name).stem)
    return Head(title, clean_metadata(metadata), language)


def _language(document: pypdfium2.PdfDocument) -> str | None:
    """Return the language that the catalog names."""
    if not hasattr(raw, "FPDFCatalog_GetLanguage"):
        return None
    size = raw.FPDFCatalog_GetLanguage(document, None, 0)
    if not 2 < size <= 100:
        return None
    buffer = (raw.FPDF_WCHAR * (size // 2))()
    raw.FPDFCatalog_GetLanguage(document, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def _pages(document: pypdfium2.PdfDocument) -> Iterator[Piece]:
    for index in range(len(document)):
        yield Piece(_HYPHEN.sub("", _text(document, index)), index + 1)


def _text(document: pypdfium2.PdfDocument, index: int) -> str:
    """Return the text of a page. A page that cannot be read has none."""
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        return ""
    try:
        text_page = page.get_textpage()
        text: str = text_page.get_text_range()
        text_page.close()
    except pypdfium2.PdfiumError:
        return ""
    finally:
        page.close()
    return text
