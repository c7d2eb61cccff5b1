"""The data directory: its owner, its free space and the lock of the supervisor that uses it."""

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

from local.errors import StackError
from local.passwords import write_private
from local.processes import user

MIN_FREE_BYTES = 300_000_000


@dataclass(frozen=True)
class DataDirectory:
    """The folder of everything that the local stack stores."""

    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """The folder of files that matter only while the stack runs."""
        return self.path / "run"

    @property
    def services(self) -> Path:
        """The folder of the records of running processes."""
        return self.run / "services"

    def prepare(self) -> None:
        """Create the folders. Raises StackError if they are not usable."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._check_owner()
            # If PostgreSQL runs as another user, that user must reach its folder below this one.
            self.path.chmod(0o700 if user.server_user().uid is None else 0o711)
            for folder in (self.logs, self.run, self.services):
                folder.mkdir(mode=0o700, exist_ok=True)
                if not os.access(folder, os.W_OK):
                    raise PermissionError(errno.EACCES, "not writable", str(folder))
        except OSError as error:
            raise StackError(describe_error(error, self.path)) from error
        if shutil.disk_usage(self.path).free < MIN_FREE_BYTES:
            raise StackError(describe_error(OSError(errno.ENOSPC, ""), self.path))

    def _check_owner(self) -> None:
        owner = self.path.stat().st_uid
        if owner != os.geteuid():
            raise StackError(
                f"{self.path} belongs to {_user_name(owner)}, and you are "
                f"{_user_name(os.geteuid())}. Run the command as the owner, change the owner with "
                "sudo chown -R, or choose another folder with INKDEX_DATA_DIR."
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the directory for one supervisor. The system releases the lock if we are killed."""
        descriptor = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise StackError(self._already_running()) from None
        try:
            self.write_supervisor({})
            yield
        finally:
            self._supervisor_file.unlink(missing_ok=True)
            os.close(descriptor)

    def write_supervisor(self, addresses: Mapping[str, str]) -> None:
        """Store our pid and addresses. A second supervisor shows them in its error message."""
        supervisor = {"pid": os.getpid(), "addresses": dict(addresses)}
        write_private(self._supervisor_file, json.dumps(supervisor) + "\n")

    @property
    def _supervisor_file(self) -> Path:
        return self.run / "supervisor.json"

    def _already_running(self) -> str:
        try:
            supervisor = json.loads(self._supervisor_file.read_text())
        except (OSError, ValueError):
            supervisor = {"pid": "unknown", "addresses": {}}
        lines = [f"Inkdex already runs on {self.path} (pid {supervisor['pid']})."]
        lines += [f"  {name:<9} {address}" for name, address in supervisor["addresses"].items()]
        lines += [
            f"To stop it, press Ctrl-C in its terminal or run: kill {supervisor['pid']}",
            "To run a second one, give it its own INKDEX_DATA_DIR, API_PORT and FLOWER_PORT.",
        ]
        return "\n".join(lines)


def describe_error(error: OSError, path: Path) -> str:
    """Return what a failed file operation means for the person who runs the stack."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk of {path} is full: at least {MIN_FREE_BYTES // 1_000_000} MB must be free. "
            "Free some space, or choose a folder on another disk with INKDEX_DATA_DIR."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{error.filename or path} can't be written by {_user_name(os.geteuid())}. "
            "Choose another folder with INKDEX_DATA_DIR, or change the permissions."
        )
    return f"{error.filename or path}: {error.strerror or error}"


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
