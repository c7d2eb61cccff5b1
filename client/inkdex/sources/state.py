"""What a source had when it was last sent: a file of the user's state folder."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from inkdex.errors import InkdexError


@dataclass(slots=True)
class Entry:
    """A file that the server has, or a document of one.

    `sha256` is empty if it is not known, as for a document. `stamp` is empty where it could lie.
    `absent_since` is when the file was first missing, in seconds since 1970. `moved_to` is the id
    of the renamed file, until the server has read that.
    """

    id: str
    sha256: str = ""
    stamp: str = ""
    is_document: bool = False
    absent_since: float | None = None
    moved_to: str | None = None


@dataclass(slots=True)
class State:
    """The files of a source by path."""

    path: Path
    entries: dict[str, Entry] = field(default_factory=dict)
    place: str = ""
    """The folder or the address of the last sync."""
    compared_at: float = 0.0
    """When all was last compared with what the server has, in seconds since 1970."""

    def load(self) -> bool:
        """Read the file. Return False if there is none, or if it is damaged."""
        try:
            stored = json.loads(self.path.read_text())
            self.entries = {path: Entry(**each) for path, each in stored["files"].items()}
            self.place = str(stored.get("place", ""))
            self.compared_at = float(stored.get("compared_at", 0))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False
        return True

    def save(self) -> None:
        """Write the file, whole or not at all."""
        files = {path: asdict(each) for path, each in sorted(self.entries.items())}
        new = self.path.with_suffix(f".{os.getpid()}")
        with new.open("w") as file:
            stored = {"place": self.place, "compared_at": self.compared_at, "files": files}
            json.dump(stored, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second run of the same source out; raises InkdexError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InkdexError("Another run syncs this source now.") from None
            yield


def state_of(url: str, tenant: str, collection: str, source: str) -> State:
    """Return the state of a source, not yet read."""
    root = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    identity = f"{url}\0{tenant}\0{collection}\0{source}"
    name = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return State(Path(root) / "inkdex" / "sync" / f"{name}.json")
