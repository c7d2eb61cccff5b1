"""The encoding that a web server names. A file has no place for it, so its text becomes UTF-8."""

import codecs
import re

TEXTS = ("text/", "application/xhtml+xml")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:.-]{0,39}")
_OF_TEXTS = re.compile(
    r"big5|cp\d|euc|gb|hz|iso|johab|koi8|kz1048|mac|ptcp|shift|tis|utf-(?:7|16|32)"
)
"""Other codecs are no encodings of texts, and that of `punycode` takes quadratic time."""
_WIDER = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
}
"""As browsers read them."""
_STRICT = ("big5", "cp932", "cp949", "cp950", "euc", "gb", "johab", "shift")
"""Only texts in these encodings have no byte that they do not know."""
_BEYOND_ASCII = bytes(range(128, 256))


def in_utf8(raw: bytes, media_type: str, charset: str | None) -> bytes:
    """Return a text in UTF-8. What is no text, or is in Unicode, stays as it is."""
    codec = known_charset(charset) if media_type.startswith(TEXTS) else None
    if codec is None or _is_unicode(raw, codec):
        return raw
    return raw.decode(codec, "replace").encode()


def known_charset(charset: str | None) -> str | None:
    """Return the codec of a name. UTF-8 and ASCII tell nothing that the bytes do not tell."""
    if charset is None or not _NAME.fullmatch(charset):
        return None
    try:
        name = codecs.lookup(charset.lower().removeprefix("x-")).name
    except LookupError:
        return None
    return _WIDER.get(name, name) if _OF_TEXTS.match(name) else None


def _is_unicode(raw: bytes, codec: str) -> bool:
    """Return whether a mark, or bytes beyond ASCII, say that a text is in Unicode.

    One broken byte does not make it a text in the codec that the server names.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if raw.isascii():
        return False
    beyond, valid = _beyond_ascii(raw), _beyond_ascii(raw.decode(errors="ignore").encode())
    return valid == beyond or (3 * valid >= 2 * beyond and not _fits(raw, codec))


def _beyond_ascii(raw: bytes) -> int:
    return len(raw) - len(raw.translate(None, _BEYOND_ASCII))


def _fits(raw: bytes, codec: str) -> bool:
    """Return whether the bytes themselves speak for a codec."""
    if not codec.startswith(_STRICT):
        return False
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
