"""E-mail: subject, people, date, and the text for readers. Attachments are named, not opened."""

from collections.abc import Iterator
from email import message_from_binary_file, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path, PurePath

from shared.adapters.extraction.cleaning import (
    clean_language,
    clean_metadata,
    clean_title,
    one_line,
)
from shared.adapters.extraction.cutting import BETWEEN_PIECES, Head, Piece, cut
from shared.adapters.extraction.limits import ExtractionLimits
from shared.adapters.extraction.sizes import WHOLE_MAX_BYTES, checked_size
from shared.adapters.extraction.texts import decoded
from shared.domain.files.parts import ExtractionFailed, FileErrorCode, Part

ATTACHMENTS_MAX = 50
PEOPLE = ("from", "to", "cc")


def read(file: Path, name: str, limits: ExtractionLimits) -> Iterator[Part]:
    checked_size(file, WHOLE_MAX_BYTES)
    try:
        with file.open("rb") as opened:
            message = message_from_binary_file(opened, policy=policy.default)
        attachments, text = _attachments(message), _text(message, name)
    except RecursionError:
        nested = "The e-mail is nested too deeply."
        raise ExtractionFailed(FileErrorCode.UNREADABLE, nested) from None
    named = f"Attachments: {', '.join(attachments)}" if attachments else ""
    pieces = [Piece(text), Piece(named)]
    yield from cut(_head(message, attachments, name), pieces, between=BETWEEN_PIECES)


def _head(message: EmailMessage, attachments: list[str], name: str) -> Head:
    metadata: dict[object, object] = {
        key: value for key in PEOPLE if (value := one_line(_header(message, key)))
    }
    if date := _date(message):
        metadata["date"] = date
    if attachments:
        metadata["attachments"] = attachments
    language = clean_language(_header(message, "content-language"))
    if language:
        metadata["lang"] = language
    title = clean_title(_header(message, "subject"), PurePath(name).stem)
    return Head(title, clean_metadata(metadata), language)


def _header(message: EmailMessage, name: str) -> str:
    """Return a header, or nothing. The parser of headers fails on some that are malformed."""
    try:
        return str(message.get(name, ""))
    except Exception:  # noqa: BLE001
        return ""


def _date(message: EmailMessage) -> str | None:
    try:
        date = message["date"].datetime
    except Exception:  # noqa: BLE001
        return None
    return date.isoformat() if date else None


def _attachments(message: EmailMessage) -> list[str]:
    names = (part.get_filename() for part in message.walk() if not part.is_multipart())
    return [one_line(str(each)) for each in names if each][:ATTACHMENTS_MAX]


def _text(message: EmailMessage, name: str) -> str:
    """Return the text part, else the HTML part as text."""
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    text = _content(body)
    if body.get_content_type() != "text/html":
        return text
    from shared.adapters.extraction.formats import web_pages  # noqa: PLC0415 few messages need it

    return web_pages.page(text, name)[1]


def _content(part: MIMEPart) -> str:
    raw = part.get_payload(decode=True)
    content = raw if isinstance(raw, bytes) else b""
    try:
        return content.decode(part.get_content_charset() or "")
    except (LookupError, UnicodeError, ValueError):
        return decoded(content)
