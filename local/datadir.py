"""The data directory: whose it is, whether it has room, and which supervisor holds it."""

import errno
import fcntl
import json
import os
import pwd
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import unprivileged
from local.errors import StackError
from local.passwords import write_private

ROOM_BYTES = 300_000_000


@dataclass(frozen=True)
class DataDirectory:
    """Everything that the local stack keeps between two runs."""

    path: Path

    @property
    def logs(self) -> Path:
        """Return the folder of the services' logs."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Return the folder of what matters only while the stack runs."""
        return self.path / "run"

    @property
    def services(self) -> Path:
        """Return the folder that notes the running processes."""
        return self.run / "services"

    def prepare(self) -> None:
        """Create the folders, and refuse those that would only fail later."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._check_owner()
            # PostgreSQL's stand-in for root must get through to its own folder below.
            self.path.chmod(0o700 if unprivileged.identity().uid is None else 0o711)
            for folder in (self.logs, self.run, self.services):
                folder.mkdir(mode=0o700, exist_ok=True)
                if not os.access(folder, os.W_OK):
                    raise PermissionError(errno.EACCES, "not writable", str(folder))
        except OSError as error:
            raise StackError(explain(error, self.path)) from error
        if shutil.disk_usage(self.path).free < ROOM_BYTES:
            raise StackError(explain(OSError(errno.ENOSPC, ""), self.path))

    def _check_owner(self) -> None:
        owner = self.path.stat().st_uid
        if owner != os.geteuid():
            raise StackError(
                f"{self.path} belongs to {_user(owner)}, and you are {_user(os.geteuid())}. "
                "Run this as its owner, give it to yourself (sudo chown -R), or choose another "
                "folder with INKDEX_DATA_DIR."
            )

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only supervisor of this directory; the system lets go if we are killed."""
        descriptor = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise StackError(self._already_running()) from None
        try:
            self.announce({})
            yield
        finally:
            self._announcement.unlink(missing_ok=True)
            os.close(descriptor)

    def announce(self, addresses: Mapping[str, str]) -> None:
        """Leave a note of who holds the directory, for a second supervisor to show."""
        note = {"pid": os.getpid(), "addresses": dict(addresses)}
        write_private(self._announcement, json.dumps(note) + "\n")

    @property
    def _announcement(self) -> Path:
        return self.run / "supervisor.json"

    def _already_running(self) -> str:
        try:
            note = json.loads(self._announcement.read_text())
        except (OSError, ValueError):
            note = {"pid": "unknown", "addresses": {}}
        lines = [f"Inkdex already runs on {self.path} (pid {note['pid']})."]
        lines += [f"  {name:<9} {address}" for name, address in note["addresses"].items()]
        lines += [
            f"Stop it with Ctrl-C where it runs, or with: kill {note['pid']}",
            "A second one beside it needs its own INKDEX_DATA_DIR, API_PORT and FLOWER_PORT.",
        ]
        return "\n".join(lines)


def explain(error: OSError, path: Path) -> str:
    """Say what a failed file operation means for the person who runs the stack."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk of {path} is full: at least {ROOM_BYTES // 1_000_000} MB must be free. "
            "Make room, or choose a folder on another disk with INKDEX_DATA_DIR."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{error.filename or path} can't be written by {_user(os.geteuid())}. "
            "Choose another folder with INKDEX_DATA_DIR, or change its permissions."
        )
    return f"{error.filename or path}: {error.strerror or error}"


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
