"""Reads text and Markdown files, and says why another file is none."""

SUFFIXES = {".txt": "text", ".md": "markdown", ".markdown": "markdown"}

SIGNATURES = {
    b"%PDF": "is a PDF, not a text",
    b"PK\x03\x04": "is a ZIP archive or an office document, not a text",
    b"\x1f\x8b": "is compressed; unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed; unpack it first",
    b"SQLite format 3\0": "is a database, not a text",
    b"\x89PNG": "is an image, not a text",
    b"\xff\xd8\xff": "is an image, not a text",
    b"\xff\xfe": "is UTF-16; save it as UTF-8",
    b"\xfe\xff": "is UTF-16; save it as UTF-8",
}
"""What files of other kinds begin with."""


class Unusable(Exception):
    """The file is not a text in UTF-8. The message completes a sentence about it."""


def check_signature(raw: bytes) -> None:
    """Raise Unusable for the beginning of a file of another kind."""
    for signature, problem in SIGNATURES.items():
        if raw.startswith(signature):
            raise Unusable(problem)


def decode(raw: bytes) -> str:
    r"""Return the text of a file, without its byte order mark and with \n as line ends."""
    check_signature(raw)
    if b"\0" in raw:
        raise Unusable("has NUL bytes, so it is not a text in UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable("is not UTF-8; save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def title(content: str, format_: str, stem: str) -> str:
    """Return a Markdown text's first heading, or the name of its file."""
    first = content.lstrip().partition("\n")[0]
    is_heading = format_ == "markdown" and first.startswith("# ")
    return (first[2:].strip() if is_heading else "") or stem
