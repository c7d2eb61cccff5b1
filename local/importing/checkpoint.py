"""The progress of an import: a small file, replaced after every answer of the API."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(slots=True)
class ImportProgress:
    """The position after the last answered document, and the counts up to there."""

    position: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0

    @property
    def documents(self) -> int:
        """The number of answered documents."""
        return self.accepted + self.unchanged + self.rejected


class Checkpoint:
    """The stored progress of one source into one collection of one API."""

    def __init__(self, folder: Path, *identity: str) -> None:
        name = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:16]
        self._path = folder / f"{name}.json"

    def load(self) -> ImportProgress:
        """Return the progress of an interrupted import, or that of a new one."""
        try:
            return ImportProgress(**json.loads(self._path.read_text()))
        except (OSError, ValueError, TypeError):
            return ImportProgress()

    def save(self, progress: ImportProgress) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(asdict(progress)))
        new.replace(self._path)

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)
