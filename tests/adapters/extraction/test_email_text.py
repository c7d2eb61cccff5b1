"""Which texts of an e-mail are read, and in which order."""

from collections.abc import Sequence
from zlib import crc32

import pytest

from shared.domain.files.parts import FileErrorCode
from tests.adapters.extraction.conftest import Fails, Reads

INVITATION = r"""BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART:20240304T103000Z
SUMMARY;LANGUAGE=de:Tinte prüfen
LOCATION;ALTREP="http://example.org/a":Köln\, Halle
  4
DESCRIPTION:Erst lesen\nDann reden
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
END:VCALENDAR"""
WORDS_OF_INVITATION = "Tinte prüfen\nKöln, Halle 4\nErst lesen\nDann reden"
PICTURE = "Content-Type: image/png; name=a.png\nContent-Disposition: inline\n\nx"
PDF = "Content-Type: application/pdf\nContent-Disposition: attachment; filename=b.pdf\n\nx"

BASE64 = "Content-Transfer-Encoding: base64\n\neA=="


def plain(words: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\n\n{words}"


def html(words: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\n\n<p>{words}"


def calendar(words: str = INVITATION) -> str:
    return f"Content-Type: text/calendar; name=a.ics\n\n{words}"


def several(kind: str, *parts: str) -> str:
    boundary = f"b{crc32(repr((kind, parts)).encode())}"
    inside = "".join(f"\n--{boundary}\n{part}" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n{inside}\n--{boundary}--\n"


def enclosed(subject: str, content: str) -> str:
    return f"Content-Type: message/rfc822\n\nSubject: {subject}\n{content}"


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        pytest.param(
            several("mixed", several("alternative", html("One")), plain("Footer")),
            ["One", "Footer"],
            id="the footer of a mailing list",
        ),
        pytest.param(
            several("mixed", plain("One"), PICTURE, plain("Two")),
            ["One", "Two", "Attachments: a.png"],
            id="text around a picture",
        ),
        pytest.param(
            several("mixed", html("One"), PDF, html("Two")),
            ["One", "Two", "Attachments: b.pdf"],
            id="html around a file",
        ),
        pytest.param(several("alternative", plain(" \n"), html("One")), ["One"], id="blank text"),
        pytest.param(several("alternative", html("No"), plain("One")), ["One"], id="text is last"),
        pytest.param(
            several("alternative", plain(" "), several("related", html("One"), PICTURE)),
            ["One", "Attachments: a.png"],
            id="html with a picture",
        ),
        pytest.param(
            several("alternative", plain("One"), several("mixed", html("No"), PDF, html("No"))),
            ["One", "Attachments: b.pdf"],
            id="a file beside the html",
        ),
        pytest.param(
            several("related", html("One"), plain("No")), ["One"], id="the root comes first"
        ),
        pytest.param(
            several("signed", plain("One"), "Content-Type: application/pgp-signature\n\nx"),
            ["One"],
            id="signed",
        ),
        pytest.param(
            several("alternative", plain("One"), html("No"), calendar()),
            ["One", "Attachments: a.ics"],
            id="an invitation with words",
        ),
        pytest.param(
            several("alternative", plain(" "), calendar()),
            [WORDS_OF_INVITATION, "Attachments: a.ics"],
            id="an invitation without words",
        ),
        pytest.param(calendar(), [WORDS_OF_INVITATION, "Attachments: a.ics"], id="an invitation"),
        pytest.param(
            several("mixed", plain("One"), enclosed("Über\xa0Tinte", plain("Two"))),
            ["One", "Über Tinte", "Two", "Attachments: Über Tinte"],
            id="a forwarded e-mail",
        ),
        pytest.param(
            several("mixed", enclosed("Scans", several("mixed", PDF))),
            ["Attachments: Scans, b.pdf"],
            id="a forwarded e-mail without text",
        ),
        pytest.param(
            several("digest", enclosed("A", plain("One")), enclosed("B", html("Two"))),
            ["A", "One", "B", "Two", "Attachments: A, B"],
            id="a digest",
        ),
        pytest.param(
            several(
                "report",
                plain("It failed."),
                "Content-Type: message/delivery-status\n\nAction: failed\n",
                "Content-Type: text/rfc822-headers\n\nReceived: by mx",
            ),
            ["It failed."],
            id="a report of a failure",
        ),
        pytest.param(
            several("mixed", PDF, PICTURE), ["Attachments: b.pdf, a.png"], id="only files"
        ),
        pytest.param(
            several(
                "mixed",
                plain("One"),
                plain("No").replace("\n", "\nContent-Disposition: attachment; filename=c.txt\n", 1),
            ),
            ["One", "Attachments: c.txt"],
            id="a text as a file",
        ),
        pytest.param("Content-Type: multipart/mixed\n\nOne", ["One"], id="no boundary"),
        pytest.param(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + plain("One"),
            ["One"],
            id="cut off",
        ),
        pytest.param(
            several("mixed", plain("One"), enclosed("A", BASE64)),
            ["One", "A", "x", "Attachments: A"],
            id="base64 within",
        ),
        pytest.param(
            several("mixed", plain("One"), f"Content-Type: message/rfc822; name=a.eml\n{BASE64}"),
            ["One", "Attachments: a.eml"],
            id="an e-mail in base64",
        ),
        pytest.param("Content-Type: text/markdown\n\n# One", ["# One"], id="another text"),
    ],
)
def test_texts_in_their_order(reads: Reads, content: str, texts: Sequence[str]) -> None:
    (part,) = reads("mail.eml", f"Subject: Hi\n{content}")
    assert part.title == "Hi"
    assert part.text == "\n\n".join(texts)


@pytest.mark.parametrize(
    "content",
    [
        plain(" "),
        several("mixed", plain(" "), html("<br>")),
        several("alternative"),
        "Content-Type: text/plain\nContent-Disposition: attachment\n\nWords",
    ],
)
def test_an_email_in_which_nothing_is_shown(fails: Fails, content: str) -> None:
    assert fails("mail.eml", f"Subject: Hi\n{content}").code == FileErrorCode.EMPTY


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("iso-8859-2", "Zażółć gęślą jaźń".encode("iso-8859-2"), "Zażółć gęślą jaźń"),
        ("iso-8859-1", "Größe „“".encode("cp1252"), "Größe „“"),
        ("iso-8859-1", "Größe".encode(), "Größe"),
        ("utf-8", "Die Prüfung".encode() + b"\xc3", "Die Prüfung\ufffd"),
        ("gb2312", "墨水镕".encode("gbk"), "墨水镕"),
        ("shift_jis", "①インク".encode("cp932") + b"\x83", "①インク\ufffd"),
        ("iso-2022-jp", "インク".encode("iso2022_jp"), "インク"),
        ("utf-7", "1 + 1 = Größe".encode("utf-7"), "1 + 1 = Größe"),
        ("utf-8", b"Words\0 here", "Words here"),
        ("punycode", "Größe".encode("cp1252"), "Größe"),
    ],
)
def test_charsets_of_a_text(reads: Reads, charset: str, raw: bytes, text: str) -> None:
    header = f"Subject: Hi\nContent-Type: text/plain; charset={charset}\n\n"
    assert reads("mail.eml", header.encode() + raw)[0].text == text


def test_html_names_its_charset_within(reads: Reads) -> None:
    page = "<meta charset=iso-8859-2><p>Zażółć gęślą jaźń".encode("iso-8859-2")
    raw = b"Subject: Hi\nContent-Type: text/html\n\n" + page
    assert reads("mail.eml", raw)[0].text == "Zażółć gęślą jaźń"
