"""DOCX: its text with headings, lists and tables."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePath
from xml.etree import ElementTree as ET
from zipfile import BadZipFile, ZipFile

import mammoth

from shared.adapters.extraction.cleaning import clean_language, clean_metadata, clean_title
from shared.adapters.extraction.cutting import Head, Piece, cut
from shared.adapters.extraction.formats.archives import checked_archive
from shared.adapters.extraction.formats.html_text import text_of_html
from shared.adapters.extraction.limits import ExtractionLimits
from shared.domain.files.parts import ExtractionFailed, FileErrorCode, Part

PROPERTIES_MAX_BYTES = 1024 * 1024
_PROPERTIES = {"creator": "author", "subject": "subject", "keywords": "keywords"}
_NAMESPACE = re.compile(r"\{[^}]*\}")


def read(file: Path, name: str, limits: ExtractionLimits) -> Iterator[Part]:
    checked_archive(file)
    with file.open("rb") as opened, ZipFile(opened) as archive:
        head = _head(archive, name)
        try:
            html = mammoth.convert_to_html(opened, convert_image=_no_picture).value
        except (KeyError, ValueError, BadZipFile, ET.ParseError) as error:
            raise ExtractionFailed(FileErrorCode.UNREADABLE) from error
    yield from cut(head, [Piece(text_of_html(html)[0])])


def _no_picture(_: object) -> list[object]:
    return []


def _head(archive: ZipFile, name: str) -> Head:
    told = _properties(_member(archive, "docProps/core.xml"))
    metadata: dict[object, object] = {
        ours: told[key] for key, ours in _PROPERTIES.items() if told.get(key)
    }
    if created := told.get("created", "")[:10]:
        metadata["created"] = created
    language = clean_language(told.get("language"))
    if language:
        metadata["lang"] = language
    title = clean_title(told.get("title"), PurePath(name).stem)
    return Head(title, clean_metadata(metadata), language)


def _member(archive: ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as file:
            return file.read(PROPERTIES_MAX_BYTES)
    except (KeyError, BadZipFile):
        return b""


def _properties(xml: bytes) -> dict[str, str]:
    if not xml or b"<!ENTITY" in xml:
        return {}
    try:
        root = ET.fromstring(xml)  # noqa: S314 it defines no entities
    except ET.ParseError:
        return {}
    return {_NAMESPACE.sub("", each.tag): each.text or "" for each in root}
