"""E-mail: people and dates as metadata, attachments by name."""

from shared.domain.files.parts import FileErrorCode
from tests.adapters.extraction.conftest import Fails, Reads
from tests.support.office_files import email, nested_email


def test_an_email(reads: Reads) -> None:
    raw = email("Über Tinte", "Hallo Jun,\n\nsie trocknet.\n", "<p>Anders</p>", "bericht.pdf")
    (part,) = reads("mail.eml", raw)
    assert part.title == "Über Tinte"
    assert part.metadata == {
        "from": "Ada Berg <ada@example.org>",
        "to": "Jun Ito <jun@example.org>",
        "date": "2024-03-04T10:30:00+01:00",
        "attachments": ["bericht.pdf"],
    }
    assert part.text.startswith("Hallo Jun,\n\nsie trocknet.")
    assert part.text.endswith("Attachments: bericht.pdf")
    assert "Anders" not in part.text


def test_an_email_of_html(reads: Reads) -> None:
    (part,) = reads("mail.eml", email("Hi", "", "<p>Hallo <b>Jun</b></p><p>Bis bald"))
    assert part.text == "Hallo Jun\n\nBis bald"


def test_charsets_that_are_wrong_or_unknown(reads: Reads) -> None:
    for charset in ("us-ascii", "nonsense", '"'):
        header = (
            f"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nContent-Type: text/plain; charset={charset}"
        )
        raw = header.encode() + b"\nContent-Transfer-Encoding: 8bit\n\nGr\xf6\xdfe"
        (part,) = reads("mail.eml", raw)
        assert (part.title, part.text) == ("Grüße", "Größe")


def test_headers_that_are_malformed(reads: Reads) -> None:
    raw = b"From: <<>>@[;\nTo: \xff\xfe\nDate: yesterday\nSubject: \n\nWords"
    (part,) = reads("mail.eml", raw)
    assert (part.title, part.text) == ("mail", "Words")
    assert "date" not in part.metadata


def test_an_email_without_text(fails: Fails) -> None:
    assert fails("mail.eml", email("Hi", "\n")).code == FileErrorCode.EMPTY


def test_deep_multiparts(fails: Fails) -> None:
    failure = fails("mail.eml", nested_email(1000))
    assert failure.code == FileErrorCode.UNREADABLE
    assert failure.message == "The e-mail is nested too deeply."
