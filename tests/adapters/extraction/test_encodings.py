"""Encodings that are damaged, cut off, or not named."""

import random
import time

import pytest

from shared.domain.files.parts import FileErrorCode
from tests.adapters.extraction.conftest import Fails, Reads

GERMAN = "Die Prüfung der Wärme: naïve Cafés und „größer“."
RUSSIAN = "Чернила сохнут на бумаге, и тогда документ можно найти.\n" * 5
JAPANESE = "インクが乾くと、文書を検索できるようになります。\n" * 20
CHINESE = "墨水干了之后，文件就可以被搜索到。纸上的颜色会变深。\n" * 20
KOREAN = "잉크가 마르면 문서를 검색할 수 있습니다. 종이 위에서 색이 짙어집니다.\n" * 20
POLISH = "Zażółć gęślą jaźń, atrament schnie."
NAMES = ("a.txt", "a.md", "a.html", "a.csv", "a.jsonl", "a.eml", "a.py")
FRAMES = {"a.csv": b"Ort,Land\n", "a.jsonl": b'"', "a.eml": b"Subject: Hi\n\n"}


def _in_format(name: str, raw: bytes) -> bytes:
    return FRAMES.get(name, b"") + raw + (b'"' if name == "a.jsonl" else b"")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("broken", [b"\xff", b"\xc3", b"\xe2\x82"], ids=["stray", "half", "third"])
def test_a_broken_byte_costs_only_itself(reads: Reads, name: str, broken: bytes) -> None:
    raw = _in_format(name, GERMAN.encode() + b" " + broken)
    (part,) = reads(name, raw)
    assert GERMAN in part.text


@pytest.mark.parametrize("text", [GERMAN, "A plain text with one “"], ids=["many", "one"])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "a.jsonl"])
def test_a_text_that_is_cut_within_a_character(reads: Reads, name: str, text: str) -> None:
    raw = _in_format(name, text.encode() + "ü".encode()[:1])
    assert reads(name, raw)[0].text.endswith(text + "\ufffd")
    shorter = text.rstrip("“.")
    raw = _in_format(name, shorter.encode() + "“".encode()[:2])
    assert reads(name, raw)[0].text.endswith(shorter + "\ufffd")


def test_a_fault_far_behind_the_beginning(reads: Reads) -> None:
    begin = b"A line of a log.\n" * 5000
    assert reads("a.log", begin + b"f\xc3\xbcr \xc3\xb6 \xff")[0].text.endswith("für ö \ufffd")
    assert reads("a.log", begin + b"f\xfcr \xf6")[0].text.endswith("für ö")
    assert reads("a.log", begin + RUSSIAN.encode("cp1251"))[0].text.endswith(RUSSIAN.rstrip())


def test_one_foreign_line_far_from_the_others(reads: Reads) -> None:
    between = b"A line of a log.\n" * 10_000
    parts = reads("a.log", b"f\xfcr\n" + between + GERMAN.encode())
    assert parts[0].text.startswith("f\ufffdr\n")
    assert parts[-1].text.endswith(GERMAN)


def test_windows_text_that_ends_with_an_accent(reads: Reads) -> None:
    assert reads("a.txt", b"Das Caf\xe9")[0].text == "Das Café"
    assert reads("a.txt", b"\x93Ink\x94")[0].text == "“Ink”"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param(JAPANESE, "cp932", id="shift-jis"),
        pytest.param(JAPANESE, "euc_jp", id="euc-jp"),
        pytest.param(CHINESE, "gb18030", id="gb"),
        pytest.param(KOREAN, "euc_kr", id="euc-kr"),
        pytest.param(RUSSIAN, "koi8_r", id="koi8"),
    ],
)
def test_a_broken_byte_in_other_languages(reads: Reads, text: str, encoding: str) -> None:
    (part,) = reads("a.txt", text.encode(encoding) + b"\xff\n" + text.encode(encoding))
    assert part.text.startswith(text)
    assert part.text.endswith(text.rstrip())


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_a_sample_that_ends_within_a_character(reads: Reads, encoding: str) -> None:
    for shift in ("", "a"):
        text = shift + JAPANESE * 80
        assert reads("a.txt", text.encode(encoding))[0].text.startswith(shift + JAPANESE)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [GERMAN, CHINESE, RUSSIAN], ids=["de", "zh", "ru"])
def test_utf16_without_a_mark(reads: Reads, text: str, encoding: str) -> None:
    assert reads("a.txt", text.encode(encoding))[0].text == text.rstrip()


def test_utf16_that_is_cut_off(reads: Reads) -> None:
    assert reads("a.txt", GERMAN.encode("utf-16")[:-1])[0].text == GERMAN[:-1] + "\ufffd"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\x01\0\x02\0\x03\0", id="numbers"),
        pytest.param(b"Log\n" + bytes(512), id="a log with a hole"),
        pytest.param(random.Random(1).randbytes(4096), id="noise"),
        pytest.param("Ink".encode("utf-16-le") + b"\0\xd8a\0", id="half a pair"),
    ],
)
def test_zeros_that_make_no_text(fails: Fails, raw: bytes) -> None:
    assert fails("a.txt", raw).code == FileErrorCode.UNREADABLE


def test_marks_within_a_text_are_left_out(reads: Reads) -> None:
    text = "\ufeffInk\n\ufeffpa\ufeffper\n".encode()
    assert reads("a.txt", text)[0].text == "Ink\npaper"
    assert reads("a.jsonl", '\ufeff"Ink"\n\ufeff"Paper"\n')[0].text == "Ink\n\nPaper"
    table = '\ufeffName,Ort\nAda,Köln\n\ufeff"Ito, Jun",Tokio\n'
    assert reads("a.csv", table)[0].text.endswith("Name: Ito, Jun\nOrt: Tokio")
    assert reads("a.eml", "\ufeffSubject: Hi\n\nWords")[0].title == "Hi"


@pytest.mark.parametrize(
    ("name", "encoding", "text"),
    [
        ("a.py", "iso-8859-2", f'# -*- coding: iso-8859-2 -*-\n"{POLISH}"'),
        ("a.xml", "iso-8859-2", f'<?xml version="1.0" encoding="ISO-8859-2"?><a>{POLISH}</a>'),
        ("a.py", "cp1251", '# coding=windows-1251\n"Ёж"'),
    ],
)
def test_programs_and_xml_name_their_encoding(
    reads: Reads, name: str, encoding: str, text: str
) -> None:
    assert reads(name, text.encode(encoding))[0].text == text


def test_the_time_grows_with_the_text(reads: Reads) -> None:
    started = time.monotonic()
    reads("a.txt", b"\xff\xc3\xe9 " * (4 * 1024 * 1024))
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("name", ["utf-7", "hz", "iso-2022-jp"])
@pytest.mark.parametrize("file", ["a.py", "a.html"])
def test_a_text_that_mentions_an_encoding_of_seven_bits(reads: Reads, file: str, name: str) -> None:
    text = f"# charset={name} is rare. 1 + 1 = 2 ~~ 3\n"
    parts = reads(file, text + "A line of a text.\n" * 5000 + GERMAN)
    assert parts[0].text.startswith(text.rstrip())
    assert parts[-1].text.endswith(GERMAN)
