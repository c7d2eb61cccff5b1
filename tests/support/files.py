"""A folder of files as people have them: ten types in four languages, and broken ones."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.domain.files.parts import FileErrorCode
from tests.support import office_files, pdf_files

TEXTS = {
    "en": "The ink dries on the paper, and the note {n} can be found.",
    "de": "Die Tinte trocknet auf dem Papier, und die Notiz {n} wird für alle größer.",
    "fr": "L'encre sèche sur le papier, et la note {n} est retrouvée à l'été.",
    "es": "La tinta se seca en el papel, y la nota {n} aparece el año señalado.",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A file, with a text that is read from it, or with the code of its failure."""

    name: str
    raw: bytes
    text: str | None = None
    code: FileErrorCode | None = None


def readable(each: int) -> Iterator[Sample]:
    """Yield `each` files of ten types in four languages."""
    for n in range(each):
        for language, template in TEXTS.items():
            text = template.format(n=n)
            for suffix, raw in _typed(language, text, n):
                yield Sample(f"{language}/{n}/file.{suffix}", raw, text)


def _typed(language: str, text: str, n: int) -> Iterator[tuple[str, bytes]]:
    note = f"---\ntitle: Note {n}\nlang: {language}\ntags: [a, b]\n---\n# Heading\n\n{text}\n"
    yield "md", note.encode()
    yield "mdx", f"import A from 'a'\n\n# Heading\n\n{text}\n".encode()
    yield "txt", text.encode("utf-8" if n % 2 else "latin-1")
    yield "html", f"<html lang={language}><title>{n}</title><body><p>{text}</p>".encode()
    yield "pdf", pdf_files.pdf([f"Page {n}", text])
    yield "docx", office_files.docx(f"Note {n}", [("Heading", text)])
    yield "csv", f"Number;Text\n{n};{text}\n".encode("cp1252")
    yield "jsonl", json.dumps({"content": text, "n": n}).encode() + b"\n"
    yield "eml", office_files.email(f"Note {n}", text)
    yield "py", f'"""{text}"""\n\nn = {n}\n'.encode()


def broken() -> Iterator[Sample]:
    """Yield files that cannot be read, each with its code."""
    code = FileErrorCode
    yield Sample("locked.pdf", pdf_files.locked_pdf("secret"), code=code.ENCRYPTED)
    yield Sample("scanned.pdf", pdf_files.scanned_pdf(), code=code.SCANNED)
    yield Sample("truncated.pdf", pdf_files.pdf(["text"])[:300], code=code.UNREADABLE)
    yield Sample("bomb.docx", office_files.zip_bomb(), code=code.ARCHIVE_BOMB)
    yield Sample("locked.docx", office_files.locked_docx(), code=code.ENCRYPTED)
    yield Sample("deep.eml", office_files.nested_email(1000), code=code.UNREADABLE)
    yield Sample("quote.csv", b'a,b\n"' + b"x,y\n" * 300_000, code=code.UNREADABLE)
    yield Sample("broken.jsonl", b'{"a": 1}\n{oops\n', code=code.UNREADABLE)
    yield Sample("binary.txt", bytes(range(256)), code=code.UNREADABLE)
    yield Sample("picture.png", b"\x89PNG\r\n", code=code.UNSUPPORTED_TYPE)
    yield Sample("film.mkv", b"matroska", code=code.UNSUPPORTED_TYPE)
    for suffix in ("md", "txt", "html", "pdf", "docx", "csv", "jsonl", "eml", "py"):
        yield Sample(f"empty.{suffix}", b"", code=code.EMPTY)


def heavy() -> Iterator[Sample]:
    """Yield files that are readable, and take much."""
    yield Sample("long.pdf", pdf_files.long_pdf(3000), "Report on ink, page 3000")
    yield Sample("deep.html", b"<div>" * 100_000 + b"At the bottom.", "At the bottom.")
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20))
    yield Sample("bomb.md", f"---\na0: &a0 [x]\n{bomb}---\nThe text.\n".encode(), "The text.")
    yield Sample("caf\udce9.txt", b"A name that is not UTF-8.", "A name that is not UTF-8.")


def write_large_csv(path: Path, megabytes: int) -> int:
    """Write a CSV of so many megabytes. Return the number of its last row."""
    row = 1
    with path.open("w") as file:
        file.write("Number,Text,Price\n")
        while file.tell() < megabytes * 1024 * 1024:
            block = range(row + 1, row + 1001)
            file.writelines(f"{n},The ink of order {n} dries on paper,{n * 3}\n" for n in block)
            row += 1000
    return row
