"""Reads `.gitignore` and `.inkdexignore` as git reads them, in a folder and in those above it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from inkdex.errors import InkdexError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec  # type: ignore[import-not-found, unused-ignore]
    from pathspec.patterns.gitignore.spec import (  # type: ignore[import-not-found, unused-ignore]
        GitIgnoreSpecPattern,
    )

IGNORE_FILES = (".gitignore", ".inkdexignore")
"""The second decides where both name a file."""
IGNORE_FILE_MAX_BYTES = 1 << 20


class _Level(NamedTuple):
    """One ignore file: its name, the folder that it is in, and its patterns."""

    file: str
    folder: str
    spec: "GitIgnoreSpec"


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The ignore files that count in a folder. The nearest one decides."""

    levels: tuple[_Level, ...] = ()

    def with_file(self, path: Path, folder: str) -> "IgnoreRules":
        """Add an ignore file of `folder`, a path below the root; raises OSError, InkdexError."""
        if find_spec("pathspec") is None:
            raise InkdexError(
                f"{path} has rules, which need the package pathspec: pip install 'inkdex[cli]'"
            )
        from pathspec import GitIgnoreSpec  # noqa: PLC0415 - of an extra

        with path.open("rb") as file:
            text = file.read(IGNORE_FILE_MAX_BYTES).decode("utf-8-sig", "surrogateescape")
        spec = GitIgnoreSpec(list(_patterns(text)))
        return IgnoreRules((*self.levels, _Level(path.name, folder, spec)))

    def ignoring(self, name: str) -> str | None:
        """Return the ignore file that names a path below the root. That of a folder ends in /."""
        for level in reversed(self.levels):
            decision = level.spec.check_file(name.removeprefix(level.folder)).include
            if decision is not None:
                return level.file if decision else None
        return None


def _patterns(text: str) -> "Iterator[GitIgnoreSpecPattern]":
    """Yield the patterns of an ignore file. Invalid ones name nothing, as in git."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - of an extra

    for line in text.split("\n"):
        try:
            yield from GitIgnoreSpec.from_lines([line.removesuffix("\r")]).patterns
        except (ValueError, re.error):
            continue
