"""Reads files of text in any common encoding, in bounded memory."""

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from shared.domain.files.parts import ExtractionFailed, FileErrorCode

SAMPLE_BYTES = 64 * 1024
BLOCK_BYTES = 1024 * 1024
LINE_CHARACTERS = 64 * 1024
"""A longer line is read in pieces."""
WESTERN = "cp1252"
_BEYOND_ASCII = bytes(range(128, 256))
_RUNS = re.compile(rb"[\x80-\xff]{3,}")
GUESSED = ["cp932", "euc_jp", "gb18030", "big5", "euc_kr", "cp1251", "koi8_r", "cp1253", WESTERN]
_BEYOND_ASCII = bytes(range(128, 256))
_RUNS = re.compile(rb"[\x80-\xff]{3,}")
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""UTF-32 comes first, because its mark begins with that of UTF-16."""


def open_text(path: Path) -> TextIO:
    """Open a text for reading. Bytes that its encoding does not know are replaced."""
    with path.open("rb") as file:
        encoding = encoding_of(file)
    return path.open(encoding=encoding, errors="replace")


def decoded(raw: bytes) -> str:
    r"""Return the text of `raw`, with \n as line ends."""
    encoding = encoding_of(io.BytesIO(raw))
    return io.TextIOWrapper(io.BytesIO(raw), encoding, errors="replace").read()


def lines(text: TextIO) -> Iterator[tuple[int, str]]:
    """Yield each line with its number. One that is very long comes in pieces, cut at words."""
    number, kept = 1, ""
    while line := text.readline(LINE_CHARACTERS):
        is_whole = line.endswith("\n") or len(line) < LINE_CHARACTERS
        end = len(line) if is_whole else line.rfind(" ") + 1 or len(line)
        yield number, kept + line[:end]
        kept = line[end:]
        number += line.endswith("\n")
    if kept:
        yield number, kept


def encoding_of(file: io.BufferedIOBase) -> str:
    """Return the encoding of a text. Raises ExtractionFailed if it is none."""
    sample = file.read(SAMPLE_BYTES)
    for mark, encoding in _MARKS.items():
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        raise ExtractionFailed(FileErrorCode.UNREADABLE, "The file is not a text.")
    file.seek(0)
    return "utf-8" if _is_utf8(file) else _legacy(sample)


def _is_utf8(file: io.BufferedIOBase) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := file.read(BLOCK_BYTES):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _legacy(sample: bytes) -> str:
    """Return an encoding from before Unicode.

    In Western languages, letters beyond ASCII stand alone. In others, whole words are made of them.
    """
    beyond = len(sample) - len(sample.translate(None, _BEYOND_ASCII))
    if 2 * sum(map(len, _RUNS.findall(sample))) < beyond:
        return WESTERN
    from charset_normalizer import from_bytes  # noqa: PLC0415 it is rarely needed

    best = from_bytes(sample, cp_isolation=GUESSED).best()
    return best.encoding if best else WESTERN
