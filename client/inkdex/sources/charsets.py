"""The encoding that a web server names. A file has no place for it, so its text becomes UTF-8."""

import codecs
import re

TEXTS = ("text/", "application/xhtml+xml")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:.-]{0,39}")
_OF_TEXTS = re.compile(
    r"big5|cp\d|euc|gb|hz|iso|johab|koi8|kz1048|mac|ptcp|shift|tis|utf-(?:7|16|32)"
)
"""Other codecs are no encodings of texts, and that of `punycode` takes quadratic time."""
_WIDER = {"iso8859-1": "cp1252", "shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030"}
"""As browsers read them."""


def in_utf8(raw: bytes, media_type: str, charset: str | None) -> bytes:
    """Return a text in UTF-8. What is no text, or is in Unicode, stays as it is."""
    codec = _codec(charset) if media_type.startswith(TEXTS) else None
    if codec is None or _is_unicode(raw):
        return raw
    return raw.decode(codec, "replace").encode()


def _codec(charset: str | None) -> str | None:
    if charset is None or not _NAME.fullmatch(charset):
        return None
    try:
        name = codecs.lookup(charset.lower().removeprefix("x-")).name
    except LookupError:
        return None
    return _WIDER.get(name, name) if _OF_TEXTS.match(name) else None


def _is_unicode(raw: bytes) -> bool:
    """Return whether a mark, or bytes beyond ASCII, say that a text is in Unicode."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if raw.isascii():
        return False
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
