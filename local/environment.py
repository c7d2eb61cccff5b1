"""The virtual environment in `.venv`: made once, exactly as locked, and repaired if it broke."""

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.errors import StackError
from local.installers import Installer, say

CHECKOUT = Path(__file__).resolve().parents[1]
ROOM_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Environment:
    """The `.venv` of one checkout."""

    checkout: Path

    @property
    def directory(self) -> Path:
        """Return the virtual environment's folder."""
        return self.checkout / ".venv"

    @property
    def _lock(self) -> Path:
        return self.checkout / "requirements" / "dev.lock"

    @property
    def _stamp(self) -> Path:
        return self.directory / ".ready"

    @property
    def _unfinished(self) -> Path:
        return self.directory / ".unfinished"

    @property
    def _installer(self) -> Installer:
        return Installer(self.directory, self._lock, self.directory / "setup.log")

    def is_ready(self) -> bool:
        """Tell whether everything is installed as locked, here, and can run."""
        try:
            return self._stamp.read_text() == self._expected() and self._has_python()
        except FileNotFoundError:
            return False

    def ensure(self) -> None:
        """Make the environment, unless it is ready."""
        if self.is_ready():
            return
        with self._alone():
            if self.is_ready():  # by the one we waited for
                return
            begun = time.monotonic()
            self._check_room()
            self._create()
            say("Installing the packages ...")
            self._installer.install()
            self._set_up_model()
            self._stamp.write_text(self._expected())
            self._unfinished.unlink()
            say(f"Set up in {time.monotonic() - begun:.0f} s.")

    def _expected(self) -> str:
        """Return the stamp of an environment made from this lock, in this place."""
        digest = hashlib.sha256(self._lock.read_bytes()).hexdigest()
        return f"{digest} {self.directory}\n"

    def _has_python(self) -> bool:
        return os.access(self.directory / "bin" / "python", os.X_OK)

    def _create(self) -> None:
        """Create the environment, or keep one that is whole: only its packages may be outdated."""
        moved = self._stamp.exists() and str(self.directory) not in self._stamp.read_text()
        if self._unfinished.exists() or moved or not self._has_python():
            say(f"Creating {self.directory} with Python {sys.version.split()[0]} ...")
            command = [sys.executable, "-m", "venv", "--without-pip", "--clear"]
            done = subprocess.run(  # noqa: S603 - the command is ours
                [*command, self.directory], capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                raise StackError(f"No virtual environment could be made:\n{done.stderr}")
        self._unfinished.touch()
        self._stamp.unlink(missing_ok=True)

    def _set_up_model(self) -> None:
        say("Preparing the local embedding model ...")
        done = subprocess.run(  # noqa: S603 - the command is ours
            [self.directory / "bin" / "python", "-m", "local.model_server.setup"],
            cwd=self.checkout,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"The local embedding model is not ready:\n{done.stderr.strip()}")

    def _check_room(self) -> None:
        if self.directory.exists() and not os.access(self.directory, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.directory))
        free = shutil.disk_usage(self.checkout).free
        if free < ROOM_BYTES and not self._has_python():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.checkout))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one set-up run at a time; the lock lies on the checkout's own folder."""
        descriptor = os.open(self.checkout, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Waiting for another set-up to finish ...")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def main() -> int:
    """Make the environment ready; return the exit status."""
    try:
        Environment(CHECKOUT).ensure()
    except StackError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
    except OSError as error:
        print(f"Error: {_explain(error)}", file=sys.stderr)  # noqa: T201
    except KeyboardInterrupt:
        print("Interrupted; the next run goes on.", file=sys.stderr)  # noqa: T201
        return 130
    else:
        return 0
    return 1


def _explain(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"The disk of {CHECKOUT} is full; the set-up needs {ROOM_BYTES // 10**9} GB."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{error.filename} can't be written. Run this as the owner of {CHECKOUT}, "
            "or remove .venv if it was made by another user."
        )
    return str(error)
