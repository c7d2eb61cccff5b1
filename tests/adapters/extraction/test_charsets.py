"""Names of encodings."""

import pytest

from shared.adapters.extraction.charsets import declared_charset, known_charset


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("ISO-8859-2", "iso8859-2"),
        ("latin1", "cp1252"),
        ("gb2312", "gb18030"),
        ("Shift_JIS", "cp932"),
        ("x-sjis", "cp932"),
        ("windows-1251", "cp1251"),
        ("utf-16le", "utf-16-le"),
    ],
)
def test_names_that_are_known(name: str, codec: str) -> None:
    assert known_charset(name) == codec


@pytest.mark.parametrize(
    "name",
    [
        *("utf-8", "us-ascii", "punycode", "idna", "unicode_escape", "hex", "zlib", "rot13"),
        *("nonsense", "", '"', "utf-8\0", "ü", "a" * 1000, "../x", "encodings.cp1251", None),
    ],
)
def test_names_that_tell_nothing(name: str | None) -> None:
    assert known_charset(name) is None


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (b"<meta charset=iso-8859-2>", "iso8859-2"),
        (b"<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=ISO-8859-2'>", "iso8859-2"),
        (b"<?xml version='1.0' encoding='windows-1250'?>", "cp1250"),
        (b"# vim: fileencoding=koi8-r", "koi8-r"),
        (b"charset=nonsense charset=utf-8 charset=koi8-r", "koi8-r"),
        (b"<meta charset=utf-16>", None),
        (b"# charset=utf-7 is rare, and so is charset=hz", None),
        (b" " * 1024 + b"<meta charset=koi8-r>", None),
        (b"charset = " * 100_000, None),
    ],
)
def test_what_a_text_declares(text: bytes, codec: str | None) -> None:
    assert declared_charset(text) == codec
