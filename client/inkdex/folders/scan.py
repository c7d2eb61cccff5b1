"""Finds the files of a folder, and says of each that is left out why."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from inkdex.folders.ignore_rules import IGNORE_FILES, IgnoreRules

TOOL_FOLDERS = frozenset(
    {"node_modules", "bower_components", "__pycache__", "__MACOSX", "@eaDir", "$RECYCLE.BIN"}
)
TOOL_MARKS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
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


@dataclass(frozen=True, slots=True)
class Found:
    """A file by its path below the root, and what tells whether it has changed."""

    path: str
    size: int
    stamp: str
    """Changes when the file is written to, moved or replaced."""
    modified: float


@dataclass(slots=True)
class Scan:
    """The files of a folder. What is below `unknown` could not be seen, so it is not gone."""

    files: dict[str, Found] = field(default_factory=dict)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    """The paths that are left out, by reason."""
    problems: dict[str, str] = field(default_factory=dict)
    """Why files and folders cannot be read, by path."""

    def skip(self, reason: str, path: str) -> None:
        """Note that a path is left out."""
        self.skipped.setdefault(reason, []).append(path)

    def hides(self, path: str) -> bool:
        """Say whether a path could not be looked at."""
        return any(path == each or path.startswith(f"{each}/") for each in self.problems)


def scan(root: Path) -> Scan:
    """Scan a folder; raises OSError if it cannot be read."""
    found, pending = Scan(), [("", IgnoreRules())]
    while pending:
        folder, rules = pending.pop()
        try:
            pending += _scanned(root, folder, rules, found)
        except OSError as error:
            if not folder:
                raise
            found.problems[folder.rstrip("/")] = f"can't be read: {error.strerror}"
    return found


def _scanned(
    root: Path, folder: str, rules: IgnoreRules, found: Scan
) -> list[tuple[str, IgnoreRules]]:
    """Add the files of one folder, and return the folders in it."""
    with os.scandir(root / folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    if folder and not TOOL_MARKS.isdisjoint(entry.name for entry in entries):
        found.skip("folders of tools", folder)
        return []
    rules = _rules(folder, entries, rules)
    below = []
    for entry in entries:
        path = folder + entry.name
        if reason := _left_out(entry, path, rules):
            found.skip(reason, path)
        elif entry.is_dir(follow_symlinks=False):
            below.append((f"{path}/", rules))
        elif problem := _name_problem(path):
            found.problems[path] = problem
        else:
            found.files[path] = _found(path, entry.stat(follow_symlinks=False))
    return below


def _rules(folder: str, entries: Iterable[os.DirEntry[str]], rules: IgnoreRules) -> IgnoreRules:
    for entry in entries:  # sorted, as IGNORE_FILES are
        if entry.name in IGNORE_FILES and entry.is_file(follow_symlinks=False):
            rules = rules.with_file(Path(entry.path), folder)
    return rules


def _found(path: str, stat: os.stat_result) -> Found:
    stamp = f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ctime_ns}-{stat.st_ino}"
    return Found(path, stat.st_size, stamp, max(stat.st_mtime, stat.st_ctime))


def _left_out(  # noqa: PLR0911 - one for each reason
    entry: os.DirEntry[str], path: str, rules: IgnoreRules
) -> str | None:
    """Return why an entry is left out, or None."""
    if entry.name.startswith("."):
        return "hidden"
    if entry.is_symlink():
        return "symbolic links"
    is_folder = entry.is_dir(follow_symlinks=False)
    if is_folder and entry.name in TOOL_FOLDERS:
        return "folders of tools"
    if file := rules.ignoring(f"{path}/" if is_folder else path):
        return f"ignored by {file}"
    if is_folder:
        return None
    if not entry.is_file(follow_symlinks=False):
        return "neither files nor folders"
    return _unsupported(entry.name)


def _unsupported(name: str) -> str | None:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in SUFFIXES or name.lower() in BARE_NAMES:
        return None
    if suffix == JSON_SUFFIX:
        return f"{suffix} is left out of folders"
    return f"{suffix} is not supported" if suffix else "files without a suffix are not supported"


def _name_problem(path: str) -> str | None:
    try:
        path.encode()
    except UnicodeEncodeError:
        return "has a name that is not UTF-8; rename it"
    return None
