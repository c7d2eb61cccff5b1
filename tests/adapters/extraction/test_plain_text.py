"""Plain text and source code, in any common encoding."""

import pytest

from shared.domain.files.parts import PART_MAX_BYTES, FileErrorCode, Mark
from tests.adapters.extraction.conftest import Fails, Reads

GERMAN = "Größe und Wärme: die Tinte trocknet, naïve Cafés."
RUSSIAN = "Чернила сохнут на бумаге, и тогда документ можно найти. " * 5
JAPANESE = "インクが乾くと、文書を検索できるようになります。" * 5


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param(GERMAN, "utf-8", id="utf-8"),
        pytest.param(GERMAN, "utf-8-sig", id="utf-8 with a mark"),
        pytest.param(GERMAN, "utf-16", id="utf-16"),
        pytest.param(GERMAN, "utf-32", id="utf-32"),
        pytest.param(GERMAN, "latin-1", id="latin-1"),
        pytest.param(GERMAN + " „“ €", "cp1252", id="windows-1252"),
        pytest.param("Größe", "latin-1", id="a short text"),
        pytest.param(RUSSIAN, "cp1251", id="windows-1251"),
        pytest.param(JAPANESE, "shift_jis", id="shift-jis"),
    ],
)
def test_encodings(reads: Reads, text: str, encoding: str) -> None:
    (part,) = reads("notes/ink.txt", text.encode(encoding))
    assert part.text == text.rstrip()
    assert part.title == "ink"
    assert part.marks == ()


def test_control_characters_are_removed(reads: Reads) -> None:
    (part,) = reads("a.txt", "\x1b[31mRed\x07\r\nTwo\u2028Three\tand\x0cfour \x9f\ufffe.")
    assert part.text == "[31mRed\nTwo\nThree\tand\nfour ."


def test_what_is_no_text(fails: Fails) -> None:
    assert fails("a.txt", b"a\0b").code == FileErrorCode.UNREADABLE
    assert fails("a.txt", b"").code == FileErrorCode.EMPTY
    assert fails("a.txt", b" \n\t\x01").code == FileErrorCode.EMPTY


def test_a_long_text_has_several_parts(reads: Reads) -> None:
    text = "".join(f"Line {n} of a long text über Tinte.\n" for n in range(20_000))
    parts = reads("long.txt", text)
    assert len(parts) == 3
    assert all(len(part.text.encode()) <= PART_MAX_BYTES for part in parts)
    assert "\n".join(part.text for part in parts) == text.rstrip()


def test_one_long_line_is_cut_at_words(reads: Reads) -> None:
    parts = reads("line.txt", "墨 word " * 100_000)
    assert all(len(part.text.encode()) <= PART_MAX_BYTES for part in parts)
    assert all(part.text.startswith(("墨", "word", " ")) for part in parts)
    assert sum(part.text.count("墨") for part in parts) == 100_000


def test_source_code_has_the_numbers_of_its_lines(reads: Reads) -> None:
    (part,) = reads("src/ink.py", "import os\n\n\ndef dry() -> int:\n    return 1\n")
    assert part.title == "ink.py"
    assert part.text == "import os\n\n\ndef dry() -> int:\n    return 1"
    assert part.marks == (Mark("line", 1, 0), Mark("line", 4, 12), Mark("line", 5, 30))


def test_a_long_file_of_code_keeps_its_numbers(reads: Reads) -> None:
    parts = reads("long.js", "".join(f"const value{n} = {n};\n" for n in range(30_000)))
    assert len(parts) > 1
    for part in parts:
        last = part.marks[-1]
        assert part.text[last.start :] == f"const value{last.number - 1} = {last.number - 1};"


def test_the_name_or_the_media_type_tells_the_kind(reads: Reads, fails: Fails) -> None:
    assert reads("README", "Words")[0].title == "README"
    assert reads("upload", "# Heading", "text/markdown; charset=utf-8")[0].title == "Heading"
    failure = fails("film.mkv", b"matroska")
    assert failure.code == FileErrorCode.UNSUPPORTED_TYPE
    assert "Files ending in .mkv are not supported. Supported are Markdown," in failure.message
    assert "a picture" in fails("notes.txt", b"\x89PNG\r\n").message
    assert "compressed" in fails("notes.txt", b"\x1f\x8b\x08").message
