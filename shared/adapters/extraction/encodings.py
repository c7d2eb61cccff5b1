"""Finds the encoding of a text: by its mark, its bytes, or what it says of itself."""

import codecs
import re
import unicodedata
from io import BufferedIOBase

from shared.domain.files.parts import ExtractionFailed, FileErrorCode

SAMPLE_BYTES = 64 * 1024
BLOCK_BYTES = 1024 * 1024
WESTERN = "cp1252"
OF_MANY_BYTES = ["euc_jp", "euc_kr", "big5", "cp932", "gb18030"]
"""GB 18030 is last, because it gives a meaning to most bytes."""
GUESSED = [*OF_MANY_BYTES, "cp1251", "koi8_r", "cp1253", WESTERN]
OF_SEVEN_BITS = ("iso2022", "hz", "utf-7")
STRICT = ("big5", "cp932", "cp949", "cp950", "euc", "gb", "johab", "shift")
"""Only texts in these encodings have no byte that they do not know."""
BROKEN_MOST = 4
"""The most bytes beyond ASCII that a short text has lost, or their percentage in a long one."""
_BEYOND_ASCII = bytes(range(128, 256))
_RUNS = re.compile(rb"[\x80-\xff]{3,}")
_CUT_OFF = re.compile(rb"[\xc2-\xc5\xe2]|[\xe0-\xf4][\x80-\xbf]+")
"""What may be left of an accent or a quotation mark. As Windows-1252 it hardly ends a text."""
_NO_TEXT = {"Cc", "Cn", "Co", "Cs"}
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""UTF-32 comes first, because its mark begins with that of UTF-16."""


def encoding_of(file: BufferedIOBase, declared: str | None = None) -> str:
    """Return the encoding of a text. Raises ExtractionFailed if it is none.

    `declared` is the codec that the text names. Its bytes know better whether it is UTF-8.
    """
    sample = file.read(SAMPLE_BYTES)
    for mark, encoding in _MARKS.items():
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        return _utf16(sample)
    if declared and declared.startswith(OF_SEVEN_BITS) and _first_fault(file, "ascii") is None:
        return declared
    fault = _first_fault(file, "utf-8")
    if fault is None or (not _fits(file, declared) and _is_mostly_utf8(file)):
        return "utf-8"
    return declared or _legacy(_sample_around(file, fault))


def _fits(file: BufferedIOBase, declared: str | None) -> bool:
    """Return whether the bytes themselves speak for an encoding."""
    is_strict = declared is not None and declared.startswith(STRICT)
    return is_strict and _first_fault(file, declared or "") is None


def _utf16(sample: bytes) -> str:
    """Return the kind of UTF-16 of a text without a mark: half of each letter of ASCII is 0."""
    is_little = sample[1::2].count(0) > sample[::2].count(0)
    encoding = "utf-16-le" if is_little else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        text = "\0"
    kinds = {unicodedata.category(each) for each in set(text) if not each.isspace()}
    if len(sample) % 2 or kinds & _NO_TEXT:
        raise ExtractionFailed(FileErrorCode.UNREADABLE, "The file is not a text.")
    return encoding


def _first_fault(file: BufferedIOBase, encoding: str) -> int | None:
    """Return about where the first byte is that an encoding does not know."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    before = 0
    try:
        while block := file.read(BLOCK_BYTES):
            decoder.decode(block)
            before += len(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        return before + fault.start
    return None


def _is_mostly_utf8(file: BufferedIOBase) -> bool:
    """Return whether two thirds of the bytes beyond ASCII are characters of UTF-8.

    By chance, up to half of those of a Japanese text in EUC are.
    """
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("ignore")
    beyond = valid = 0
    while block := file.read(BLOCK_BYTES):
        ascii_ = len(block.translate(None, _BEYOND_ASCII))
        beyond += len(block) - ascii_
        valid += len(decoder.decode(block).encode()) - ascii_
    rest, _ = decoder.getstate()
    if len(rest) == beyond:
        return _CUT_OFF.fullmatch(rest) is not None
    return 3 * valid >= 2 * (beyond - len(rest))


def _sample_around(file: BufferedIOBase, place: int) -> bytes:
    file.seek(max(0, place - SAMPLE_BYTES // 2))
    return file.read(SAMPLE_BYTES)


def _legacy(sample: bytes) -> str:
    """Return an encoding from before Unicode.

    In Western languages, letters beyond ASCII stand alone. In others, whole words are made of them.
    """
    telling = b"\n".join(line for line in sample.split(b"\n") if not line.isascii())
    beyond = len(telling) - len(telling.translate(None, _BEYOND_ASCII))
    if 2 * sum(map(len, _RUNS.findall(telling))) < beyond:
        return WESTERN
    lost_most = max(BROKEN_MOST, BROKEN_MOST * beyond // 100)
    return _of_many_bytes(telling, lost_most) or _guessed(telling) or WESTERN


def _of_many_bytes(sample: bytes, lost_most: int) -> str | None:
    """Guess without the bytes that an encoding does not know, because one of them excludes it.

    A sample has such bytes, too, where it is cut within a character.
    """
    for encoding in OF_MANY_BYTES:
        mended = sample.decode(encoding, "ignore").encode(encoding)
        if len(sample) - len(mended) <= lost_most and _guessed(mended) == encoding:
            return encoding
    return None


def _guessed(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes  # noqa: PLC0415 it is rarely needed

    best = from_bytes(sample, cp_isolation=GUESSED).best()
    return best.encoding if best else None
