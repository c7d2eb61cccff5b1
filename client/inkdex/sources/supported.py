"""Which files the server reads, by their names."""

from pathlib import PurePosixPath

_SUFFIXES = (
    ".md .markdown .mdx .txt .text .log .html .htm .xhtml .pdf .docx .csv .tsv .jsonl .ndjson .eml"
    " .py .pyi .js .mjs .cjs .jsx .ts .tsx .java .kt .kts .scala .groovy .c .h .cc .cpp .cxx .hpp"
    " .cs .go .rs .rb .php .swift .m .mm .r .jl .lua .pl .pm .sh .bash .zsh .fish .ps1 .bat .sql"
    " .css .scss .less .vue .svelte .yaml .yml .toml .ini .cfg .conf .xml .proto .graphql .tf .nix"
    " .ex .exs .erl .hs .ml .clj .dart .zig .asm .s .f90 .tex .cmake .gradle .rst .adoc"
)
_BARE_NAMES = (
    "readme license copying notice changelog authors makefile dockerfile jenkinsfile rakefile"
    " gemfile"
)
SUFFIXES, BARE_NAMES = frozenset(_SUFFIXES.split()), frozenset(_BARE_NAMES.split())
"""What the server reads of a folder: names without a suffix, too."""
JSON_SUFFIX = ".json"
EMPTY, IN_TOOL_FOLDERS = "empty files", "folders of tools"
TOOL_FOLDERS = frozenset(
    {"node_modules", "bower_components", "__pycache__", "__MACOSX", "@eaDir", "$RECYCLE.BIN"}
)


def unsupported(name: str) -> str | None:
    """Return why a file with this name is left out, or None."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in SUFFIXES or name.lower() in BARE_NAMES:
        return None
    if suffix == JSON_SUFFIX:
        return f"{suffix} is not read in a folder; import such a file by itself"
    return f"{suffix} is not supported" if suffix else "files without a suffix are not supported"
