"""The progress of an import: a small file, replaced after every answer of the API."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

NAME_CHARACTERS = 40


@dataclass(slots=True)
class ImportProgress:
    """The position after the last answered document, and the counts up to there."""

    position: int = 0
    accepted: int = 0
    replaced: int = 0
    """How many of the accepted documents existed before."""
    unchanged: int = 0
    rejected: int = 0
    files: int = 0
    """How many files the server reads."""
    not_replaced: int = 0
    """How many were rejected because the stored document is from another source."""
    skipped: dict[str, list[str]] = field(default_factory=dict)
    """Their names, by reason."""

    @property
    def stored(self) -> int:
        """The number of documents that Inkdex has now."""
        return self.accepted + self.unchanged + self.files

    @property
    def documents(self) -> int:
        """The number of answered documents."""
        return self.stored + self.rejected

    def skip(self, reason: str, name: str) -> None:
        self.skipped.setdefault(reason, []).append(name)


class Checkpoint:
    """The stored progress of one source into one collection of one API.

    `identity` begins with the path of the source.
    """

    def __init__(self, folder: Path, *identity: str) -> None:
        digest = hashlib.sha256("\0".join(identity).encode("utf-8", "surrogateescape"))
        readable = re.sub(r"[^\w.-]+", "_", Path(identity[0]).name, flags=re.ASCII)
        self._name = f"{readable[:NAME_CHARACTERS]}-{digest.hexdigest()[:16]}"
        self._folder = folder

    def path(self, suffix: str) -> Path:
        """Return the path of one of this import's files."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{self._name}{suffix}"

    def load(self) -> ImportProgress:
        """Return the progress of an interrupted import, or that of a new one."""
        try:
            return ImportProgress(**json.loads(self.path(".json").read_text()))
        except (OSError, ValueError, TypeError):
            return ImportProgress()

    def save(self, progress: ImportProgress) -> None:
        new = self.path(".new")
        new.write_text(json.dumps(asdict(progress)))
        new.replace(self.path(".json"))

    def clear(self) -> None:
        self.path(".json").unlink(missing_ok=True)
