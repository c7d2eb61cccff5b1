"""The texts of an e-mail that a reader is shown, in their order."""

from collections.abc import Iterable, Iterator
from email.message import MIMEPart

from shared.adapters.extraction.charsets import declared_charset, known_charset
from shared.adapters.extraction.cleaning import one_line
from shared.adapters.extraction.formats.calendars import text_of_calendar
from shared.adapters.extraction.texts import decoded
from shared.domain.files.parts import ExtractionFailed

_SIMPLEST_FIRST = ("text/plain", "text/html", "multipart/")
_SHOWN_IF_NAMED = {"text/plain", "text/html", "text/calendar"}
_NOT_SHOWN = {"text/rfc822-headers"}


def header(part: MIMEPart, name: str) -> str:
    """Return a header, or nothing. The parser of headers fails on some that are malformed."""
    try:
        return str(part.get(name, ""))
    except Exception:  # noqa: BLE001
        return ""


def enclosed_message(part: MIMEPart, type_: str) -> MIMEPart | None:
    """Return the e-mail that a part is. One that is encoded, which is not allowed, is a file."""
    if type_ not in {"message/rfc822", "message/global"}:
        return None
    is_plain = header(part, "content-transfer-encoding").lower() in {"", "7bit", "8bit", "binary"}
    return next(iter(_children(part)), None) if is_plain else None


def shown_texts(part: MIMEPart) -> Iterator[str]:
    """Yield the texts of a part that are not blank."""
    type_ = part.get_content_type()
    if type_ == "multipart/alternative":
        yield from _first_shown(sorted(_children(part), key=_rank))
    elif type_ == "multipart/related":
        yield from _first_shown(_children(part))
    elif message := enclosed_message(part, type_):
        yield from _enclosed(message)
    elif type_.startswith("multipart/") and part.is_multipart():
        for child in _children(part):
            yield from shown_texts(child)
    elif _is_shown(part, type_) and (text := _text(part, type_)).strip():
        yield text


def _children(part: MIMEPart) -> list[MIMEPart]:
    payload = part.get_payload()
    return payload if isinstance(payload, list) else []  # type: ignore[return-value]


def _first_shown(parts: Iterable[MIMEPart]) -> Iterator[str]:
    """Yield the texts of the first part that has some."""
    for part in parts:
        if texts := list(shown_texts(part)):
            yield from texts
            return


def _rank(part: MIMEPart) -> int:
    """Return how simple a part is, of those that all say the same."""
    type_ = part.get_content_type()
    known = (at for at, each in enumerate(_SIMPLEST_FIRST) if type_.startswith(each))
    return next(known, len(_SIMPLEST_FIRST))


def _enclosed(message: MIMEPart) -> Iterator[str]:
    if texts := list(shown_texts(message)):
        yield one_line(header(message, "subject"))
        yield from texts


def _is_shown(part: MIMEPart, type_: str) -> bool:
    """Return whether a part is text. So is one of several parts whose boundary is missing."""
    is_text = type_.startswith(("text/", "multipart/")) and type_ not in _NOT_SHOWN
    if not is_text or part.is_multipart() or part.is_attachment():
        return False
    return type_ in _SHOWN_IF_NAMED or not part.get_filename()


def _text(part: MIMEPart, type_: str) -> str:
    match type_:
        case "text/html":
            from shared.adapters.extraction.formats import (  # noqa: PLC0415 few messages need it
                web_pages,
            )

            return web_pages.page(_content(part, is_page=True), "")[1]
        case "text/calendar":
            return text_of_calendar(_content(part))
        case _:
            return _content(part)


def _content(part: MIMEPart, *, is_page: bool = False) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    charset = known_charset(part.get_content_charset())
    if is_page and not charset:
        charset = declared_charset(raw)
    try:
        return decoded(raw, charset)
    except ExtractionFailed:
        return decoded(raw.replace(b"\0", b""), charset)
