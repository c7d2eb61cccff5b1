"""E-mail: subject, people, date, and the texts for readers. Attachments are named, not opened."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from email import message_from_binary_file, policy
from email.message import EmailMessage, Message, MIMEPart
from pathlib import Path, PurePath

from shared.adapters.extraction.cleaning import (
    clean_language,
    clean_metadata,
    clean_title,
    one_line,
)
from shared.adapters.extraction.cutting import BETWEEN_PIECES, Head, Piece, cut
from shared.adapters.extraction.formats.email_text import enclosed_message, header, shown_texts
from shared.adapters.extraction.limits import ExtractionLimits
from shared.adapters.extraction.sizes import WHOLE_MAX_BYTES, checked_size
from shared.domain.files.parts import ExtractionFailed, FileErrorCode, Part

ATTACHMENTS_MAX = 50
PEOPLE = ("from", "to", "cc")


def read(file: Path, name: str, limits: ExtractionLimits) -> Iterator[Part]:
    checked_size(file, WHOLE_MAX_BYTES)
    try:
        with file.open("rb") as opened:
            opened.seek(len(BOM_UTF8) if opened.read(len(BOM_UTF8)) == BOM_UTF8 else 0)
            message = message_from_binary_file(opened, policy=policy.default)
        attachments, texts = _attachments(message), list(shown_texts(message))
    except RecursionError:
        nested = "The e-mail is nested too deeply."
        raise ExtractionFailed(FileErrorCode.UNREADABLE, nested) from None
    named = f"Attachments: {', '.join(attachments)}" if attachments else ""
    pieces = [Piece(text) for text in (*texts, named)]
    yield from cut(_head(message, attachments, name), pieces, between=BETWEEN_PIECES)


def _head(message: EmailMessage, attachments: list[str], name: str) -> Head:
    metadata: dict[object, object] = {
        key: value for key in PEOPLE if (value := one_line(header(message, key)))
    }
    if date := _date(message):
        metadata["date"] = date
    if attachments:
        metadata["attachments"] = attachments
    language = clean_language(header(message, "content-language"))
    if language:
        metadata["lang"] = language
    title = clean_title(header(message, "subject"), PurePath(name).stem)
    return Head(title, clean_metadata(metadata), language)


def _date(message: EmailMessage) -> str | None:
    try:
        date = message["date"].datetime
    except Exception:  # noqa: BLE001
        return None
    return date.isoformat() if date else None


def _attachments(message: EmailMessage) -> list[str]:
    names = (_attached_name(part) for part in message.walk())
    return [each for each in names if each][:ATTACHMENTS_MAX]


def _attached_name(part: Message) -> str:
    """Return the name of a file, or the subject of an enclosed e-mail."""
    assert isinstance(part, MIMEPart)
    enclosed = enclosed_message(part, part.get_content_type())
    subject = one_line(header(enclosed, "subject")) if enclosed else ""
    return subject or one_line(str(part.get_filename("")))
