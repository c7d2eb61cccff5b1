"""Finds the files of a folder, and says by reason what it leaves out."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from local.errors import StackError
from local.importing.ignore_rules import IGNORE_FILES, IgnoreRules
from local.importing.items import shown
from shared.adapters.extraction import kinds
from shared.domain.files.parts import ExtractionFailed

TOOL_FOLDERS = frozenset(
    {"node_modules", "bower_components", "__pycache__", "__MACOSX", "@eaDir", "$RECYCLE.BIN"}
)
"""Folders that tools fill without marking them."""
TOOL_MARKS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
"""Files by which tools mark their folders."""
JSON_SUFFIX = ".json"
SUFFIX_CHARACTERS = 12

HIDDEN = "hidden, as the name begins with a dot"
OF_TOOLS = "folders of tools, such as node_modules"
LINKS = "symbolic links"
NO_FILES = "neither files nor folders"


@dataclass(slots=True)
class FolderScan:
    """The files below a folder by relative path, each None or with why it cannot be read."""

    root: str
    found: list[tuple[str, str | None]] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    _pending: list[tuple[str, IgnoreRules]] = field(default_factory=list)

    def run(self) -> "FolderScan":
        """Scan the folder; raises StackError if it cannot be read."""
        self._pending = [("", IgnoreRules())]
        while self._pending:
            folder, rules = self._pending.pop()
            try:
                self._scan(folder, rules)
            except OSError as error:
                if not folder:
                    raise StackError(f"{shown(self.root)} {unreadable(error)}.") from None
                self.found.append((folder, unreadable(error)))
        return self

    def _scan(self, folder: str, rules: IgnoreRules) -> None:
        with os.scandir(f"{self.root}/{folder}") as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
        if folder and not TOOL_MARKS.isdisjoint(entry.name for entry in entries):
            self._skip(OF_TOOLS, folder)
            return
        rules = self._rules(folder, entries, rules)
        below: list[str] = []
        for entry in entries:
            name = folder + entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if (reason := _skip_reason(entry, name, rules)) is not None:
                self._skip(reason, name)
            elif is_folder:
                below.append(f"{name}/")
            else:
                self.found.append((name, None))
        self._pending += ((name, rules) for name in reversed(below))

    def _skip(self, reason: str, name: str) -> None:
        self.skipped.setdefault(reason, []).append(shown(name))

    def _rules(
        self, folder: str, entries: Iterable[os.DirEntry[str]], rules: IgnoreRules
    ) -> IgnoreRules:
        for entry in entries:  # sorted, as IGNORE_FILES are
            if entry.name in IGNORE_FILES and entry.is_file(follow_symlinks=False):
                try:
                    rules = rules.with_file(Path(entry.path), folder)
                except OSError as error:
                    self.found.append((folder + entry.name, unreadable(error)))
        return rules


def unreadable(error: OSError) -> str:
    return f"can't be read: {error.strerror}"


def _skip_reason(entry: os.DirEntry[str], name: str, rules: IgnoreRules) -> str | None:
    """Return why an entry of a folder is left out, or None."""
    if entry.name.startswith("."):
        return HIDDEN
    if entry.is_symlink():
        return LINKS
    is_folder = entry.is_dir(follow_symlinks=False)
    if is_folder and entry.name in TOOL_FOLDERS:
        return OF_TOOLS
    if file := rules.ignoring(f"{name}/" if is_folder else name):
        return f"ignored by {file}"
    if is_folder:
        return None
    return _unsupported(entry.name) if entry.is_file(follow_symlinks=False) else NO_FILES


def _unsupported(name: str) -> str | None:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == JSON_SUFFIX:
        return f"{suffix} is not read in a folder; import such a file by itself"
    try:
        kinds.kind_by_name(name, None)
    except ExtractionFailed:
        if not suffix:
            return "a file without a suffix is not supported"
        known = suffix if len(suffix) <= SUFFIX_CHARACTERS else "an unusual suffix"
        return f"{shown(known)} is not supported"
    return None
