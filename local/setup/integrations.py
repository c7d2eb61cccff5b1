"""The virtual environment of the packages in `integrations/`, apart from that of Inkdex."""

import hashlib
import subprocess
import sys
from pathlib import Path

from local.errors import StackError
from local.setup.package_installer import PackageInstaller
from local.setup.virtual_environment import CHECKOUT

LOCK = CHECKOUT / "requirements" / "integrations.lock"
DIRECTORY = CHECKOUT / ".venv-integrations"


def ensure() -> Path:
    """Install the packages of the lock unless they are installed; return Python's path.

    Raises StackError.
    """
    stamp, expected = DIRECTORY / ".ready", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    installer = PackageInstaller(DIRECTORY, LOCK, DIRECTORY / "setup.log")
    if stamp.exists() and stamp.read_text() == expected:
        return installer.python
    done = subprocess.run(  # noqa: S603 - the command is ours
        [sys.executable, "-m", "venv", "--without-pip", "--clear", DIRECTORY],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(f"The virtual environment can't be created:\n{done.stderr}")
    installer.install()
    stamp.write_text(expected)
    return installer.python
