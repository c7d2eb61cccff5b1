"""The kinds of files that Inkdex reads: how they are told apart, and what reads them."""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import PurePath

from shared.domain.files.parts import ExtractionFailed, ExtractorVersion, FileErrorCode

HEAD_BYTES = 1024
"""The beginning of a file that tells its kind."""
_CODE_SUFFIXES = (
    ".py .pyi .js .mjs .cjs .jsx .ts .tsx .java .kt .kts .scala .groovy .c .h .cc .cpp .cxx .hpp "
    ".cs .go .rs .rb .php .swift .m .mm .r .jl .lua .pl .pm .sh .bash .zsh .fish .ps1 .bat .sql"
    " .css .scss .less .vue .svelte .json .yaml .yml .toml .ini .cfg .conf .xml .proto .graphql .tf"
    " .nix .ex .exs .erl .hs .ml .clj .dart .zig .asm .s .f90 .tex .cmake .gradle .rst .adoc"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """`module` of `formats` reads it. Another `revision` of it may read other text."""

    name: str
    module: str
    shown: str
    suffixes: frozenset[str]
    media_types: frozenset[str]
    revision: int = 1
    library: str | None = None

    @property
    def extractor(self) -> ExtractorVersion:
        ours = str(self.revision)
        if not self.library:
            return ExtractorVersion(self.name, ours)
        return ExtractorVersion(self.name, f"{ours}+{self.library}-{_version(self.library)}")


def _kind(module: str, name: str, shown: str, suffixes: str, media_types: str) -> Kind:
    library = _LIBRARIES.get(name)
    types = frozenset(media_types.split())
    revision = _REVISIONS.get(name, 1)
    return Kind(name, module, shown, frozenset(suffixes.split()), types, revision, library)


_LIBRARIES = {
    "markdown": "PyYAML",
    "text": "charset-normalizer",
    "html": "trafilatura",
    "pdf": "pypdfium2",
    "docx": "mammoth",
    "email": "trafilatura",
}
_REVISIONS = dict.fromkeys(("markdown", "text", "html", "csv", "jsonl", "email", "code"), 2)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MARKDOWN = _kind("markdown", "markdown", "Markdown", ".md .markdown .mdx", "text/markdown")
TEXT = _kind("plain_text", "text", "text", ".txt .text .log", "text/plain")
HTML = _kind("web_pages", "html", "HTML", ".html .htm .xhtml", "text/html application/xhtml+xml")
PDF = _kind("pdf", "pdf", "PDF", ".pdf", "application/pdf")
DOCX = _kind("docx", "docx", "DOCX", ".docx", _WORD)
CSV = _kind("tables", "csv", "CSV", ".csv .tsv", "text/csv text/tab-separated-values")
JSON_LINES = _kind("jsonl", "jsonl", "JSON Lines", ".jsonl .ndjson", "application/x-ndjson")
EMAIL = _kind("emails", "email", "e-mail (.eml)", ".eml", "message/rfc822")
CODE = _kind("source_code", "code", "source code", _CODE_SUFFIXES, "application/json text/css")

KINDS = (MARKDOWN, TEXT, HTML, PDF, DOCX, CSV, JSON_LINES, EMAIL, CODE)
SUPPORTED = ", ".join(kind.shown for kind in KINDS)
_BY_SUFFIX = {suffix: kind for kind in KINDS for suffix in kind.suffixes}
_BY_MEDIA_TYPE = {type_: kind for kind in KINDS for type_ in kind.media_types}
_BARE_NAMES = {
    **dict.fromkeys(("readme", "license", "copying", "notice", "changelog", "authors"), TEXT),
    **dict.fromkeys(("makefile", "dockerfile", "jenkinsfile", "rakefile", "gemfile"), CODE),
}
_ZIP, _OLE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_OTHERS = {
    b"\x1f\x8b": "compressed",
    b"\x28\xb5\x2f\xfd": "compressed",
    b"BZh": "compressed",
    b"\xfd7zXZ\0": "compressed",
    b"7z\xbc\xaf": "an archive",
    b"Rar!": "an archive",
    b"SQLite format 3\0": "a database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x7fELF": "a program",
}
"""What files of other kinds begin with."""


def extractor_of(name: str, media_type: str | None = None) -> ExtractorVersion:
    """Return what reads such a file. Raises ExtractionFailed for an unsupported type."""
    return kind_by_name(name, media_type).extractor


def kind_of(name: str, media_type: str | None, head: bytes) -> Kind:
    """Return the kind of a file by its first bytes, else by its name, else by its media type.

    Raises ExtractionFailed.
    """
    if head.startswith(b"%PDF-") or (b"%PDF-" in head and _named(name, media_type) is PDF):
        return PDF
    if head.startswith((_ZIP, _OLE)):
        return DOCX
    for signature, what in _OTHERS.items():
        if head.startswith(signature):
            raise unsupported(f"The file is {what}.")
    kind = kind_by_name(name, media_type)
    if kind in {PDF, DOCX}:
        if head.strip():
            raise ExtractionFailed(FileErrorCode.UNREADABLE, f"The file is not a {kind.shown}.")
        raise ExtractionFailed(FileErrorCode.EMPTY)
    return kind


def kind_by_name(name: str, media_type: str | None) -> Kind:
    if kind := _named(name, media_type):
        return kind
    suffix = PurePath(name).suffix
    known = suffix if suffix.isascii() and suffix.isprintable() and len(suffix) <= 12 else ""
    raise unsupported(f"Files ending in {known} are not supported." if known else "")


def unsupported(reason: str) -> ExtractionFailed:
    supported = f"Supported are {SUPPORTED}."
    return ExtractionFailed(FileErrorCode.UNSUPPORTED_TYPE, f"{reason} {supported}".strip())


def _named(name: str, media_type: str | None) -> Kind | None:
    path = PurePath(name)
    if kind := _BY_SUFFIX.get(path.suffix.lower()):
        return kind
    if kind := _BARE_NAMES.get(path.name.lower()):
        return kind
    plain = (media_type or "").partition(";")[0].strip().lower()
    return _BY_MEDIA_TYPE.get(plain)


@cache
def _version(library: str) -> str:
    return version(library)
