"""How far an import came: a small file, replaced after every answer."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(slots=True)
class Done:
    """The position after the last answered document, and what became of those before it."""

    position: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0

    @property
    def documents(self) -> int:
        """How many documents were answered."""
        return self.accepted + self.unchanged + self.rejected


class Checkpoint:
    """The note of one source, as it is, into one collection of one API."""

    def __init__(self, folder: Path, *identity: str) -> None:
        self._identity = list(identity)
        name = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:16]
        self._path = folder / f"{name}.json"

    def load(self) -> Done:
        """Return how far an interrupted import came, or the beginning."""
        try:
            return Done(**json.loads(self._path.read_text()))
        except (OSError, ValueError, TypeError):
            return Done()

    def save(self, done: Done) -> None:
        """Note how far it came."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(asdict(done)))
        new.replace(self._path)

    def clear(self) -> None:
        """Forget it: the import is complete."""
        self._path.unlink(missing_ok=True)
