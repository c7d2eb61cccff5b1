"""Names of encodings, as mails and pages give them."""

import codecs
import re

DECLARING_BYTES = 1024
"""A page names its encoding within these, as browsers expect it."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:.-]{0,39}")
_TEXTS = re.compile(r"big5|cp\d|euc|gb|hz|iso|johab|koi8|kz1048|mac|ptcp|shift|tis|utf-(?:7|16|32)")
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
"""Texts that name the first are often in the second, which has all its characters."""
_NOT_DECLARED = ("utf-16", "utf-32", "utf-7", "hz")
"""In the first, a name has no letters of one byte. The others, which browsers do not know either,
would change each + or ~ of a text that only mentions them, and UTF-7 may take quadratic time."""
_DECLARED = re.compile(
    rb"(?:charset|coding)\s{0,9}[=:]\s{0,9}[\"']?([A-Za-z0-9][\w:.-]{0,39})", re.IGNORECASE
)


def known_charset(name: str | None) -> str | None:
    """Return the codec of a name. UTF-8 and ASCII tell nothing that the bytes do not tell."""
    if name is None or not _NAME.fullmatch(name):
        return None
    try:
        codec = codecs.lookup(name.lower().removeprefix("x-")).name
    except LookupError:
        return None
    return _WIDER.get(codec, codec) if _TEXTS.match(codec) else None


def declared_charset(text: bytes) -> str | None:
    """Return the first encoding that the beginning of a page, of XML or of a program names."""
    names = (found[1].decode() for found in _DECLARED.finditer(text[:DECLARING_BYTES]))
    codecs_ = (known_charset(name) for name in names)
    return next((each for each in codecs_ if each and not each.startswith(_NOT_DECLARED)), None)
