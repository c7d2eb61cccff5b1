"""A folder as a source. Each file that is left out has its reason."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inkdex.sources.ignore_rules import IGNORE_FILES, IgnoreRules
from inkdex.sources.origin import Away, Content, Found, Scan, Unusable
from inkdex.sources.source import Source
from inkdex.sources.supported import EMPTY, IN_TOOL_FOLDERS, TOOL_FOLDERS, unsupported

TOOL_MARKS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
DIGESTED_BYTES = 1 << 20
PAUSE_SECONDS = 3.0


def source_of(folder: Path, chosen: str | None) -> Source:
    """Return the source that the user chose, or one that only this folder has, without a prefix."""
    if chosen is not None:
        return Source.of(chosen)
    root = folder.resolve()
    number = hashlib.sha256(os.fsencode(root)).hexdigest()[:8]
    return Source(f"{Folder(root).name}-{number}")


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a folder, and of those in it."""

    root: Path

    @property
    def name(self) -> str:
        """The name of the folder. What is not UTF-8 in it is replaced."""
        return os.fsencode(self.root.name).decode(errors="replace") or "root"

    @property
    def address(self) -> str:
        """The path of the folder."""
        return str(self.root)

    @property
    def pause(self) -> float:
        """Short: to look at a folder costs little."""
        return PAUSE_SECONDS

    def scan(self) -> Scan:
        """Return the files; raises Away if the folder cannot be read."""
        found = Scan()
        try:
            pending = _scanned(self.root, "", IgnoreRules(), found)
        except OSError as error:
            raise Away(f"{self.root} can't be read: {error.strerror}") from None
        while pending:
            folder, rules = pending.pop()
            with _noted(found, folder.rstrip("/")):
                pending += _scanned(self.root, folder, rules, found)
        return found

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a file; raises OSError."""
        digest = hashlib.sha256()
        with (self.root / path).open("rb") as file:
            while chunk := file.read(DIGESTED_BYTES):
                digest.update(chunk)
        return digest.hexdigest()

    def content(self, path: str) -> Content:
        """Return what to send of a file; raises Unusable."""
        if problem := _name_problem(path):
            raise Unusable(problem)
        return Content(self.root / path, path, {"path": path})

    def close(self) -> None:
        """Do nothing: a folder holds nothing."""


def _scanned(
    root: Path, folder: str, rules: IgnoreRules, found: Scan
) -> list[tuple[str, IgnoreRules]]:
    """Add the files of one folder, and return the folders in it."""
    with os.scandir(root / folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    if folder and not TOOL_MARKS.isdisjoint(entry.name for entry in entries):
        found.skip(IN_TOOL_FOLDERS, folder)
        return []
    rules = _rules(folder, entries, rules)
    below = []
    for entry in entries:
        path = folder + entry.name
        with _noted(found, path):
            if _is_searched(entry, path, rules, found):
                below.append((f"{path}/", rules))
    return below


def _is_searched(entry: os.DirEntry[str], path: str, rules: IgnoreRules, found: Scan) -> bool:
    """Say whether an entry is a folder to look into. A file is added, or why it is left out."""
    if reason := _left_out(entry, path, rules):
        found.skip(reason, path)
    elif entry.is_dir(follow_symlinks=False):
        return True
    elif problem := _name_problem(path):
        found.problems[path] = problem
    else:
        found.files[path] = _found(path, entry.stat(follow_symlinks=False))
    return False


@contextmanager
def _noted(found: Scan, path: str) -> Iterator[None]:
    """Note that a path cannot be read. One that vanishes meanwhile is as good as not there."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        found.problems[path] = f"can't be read: {error.strerror}"


def _rules(folder: str, entries: Iterable[os.DirEntry[str]], rules: IgnoreRules) -> IgnoreRules:
    for entry in entries:  # sorted, as IGNORE_FILES are
        if entry.name in IGNORE_FILES and entry.is_file(follow_symlinks=False):
            rules = rules.with_file(Path(entry.path), folder)
    return rules


def _found(path: str, stat: os.stat_result) -> Found:
    stamp = f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ctime_ns}-{stat.st_ino}"
    return Found(path, stamp, max(stat.st_mtime, stat.st_ctime))


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
        return IN_TOOL_FOLDERS
    if file := rules.ignoring(f"{path}/" if is_folder else path):
        return f"ignored by {file}"
    if is_folder:
        return None
    if not entry.is_file(follow_symlinks=False):
        return "neither files nor folders"
    if reason := unsupported(entry.name):
        return reason
    return None if entry.stat(follow_symlinks=False).st_size else EMPTY


def _name_problem(path: str) -> str | None:
    try:
        path.encode()
    except UnicodeEncodeError:
        return "has a name that is not UTF-8; rename it"
    return None
