"""Runs programs that refuse root, such as PostgreSQL, on behalf of root.

Started as a script it enters a user namespace in which we carry an ordinary user's name, and
becomes the given command there. The kernel goes on seeing us, so that our files stay ours.
"""

import ctypes
import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypedDict

CLONE_NEWUSER = 0x10000000
ORDINARY = ("postgres", "nobody", "daemon")


class SpawnOptions(TypedDict):
    """The user a process is started as; None means ours."""

    user: int | None
    group: int | None
    extra_groups: list[str | int] | None


@dataclass(frozen=True)
class Identity:
    """How a program that refuses root is started here."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    @property
    def owner(self) -> int:
        """Return the user that the program's files must belong to."""
        return os.geteuid() if self.uid is None else self.uid

    def spawn_options(self) -> SpawnOptions:
        """Return what `subprocess` and `asyncio` need beside the prefix."""
        groups: list[str | int] | None = None if self.uid is None else []
        return {"user": self.uid, "group": self.gid, "extra_groups": groups}

    def can_enter(self, directory: Path) -> bool:
        """Tell whether a program run this way could work in `directory`."""
        command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)]
        return self.run(command).returncode == 0

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run `command` to its end."""
        return subprocess.run(  # noqa: S603 - commands are ours
            [*self.prefix, *map(str, command)],
            **self.spawn_options(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=clean_environment() | {"LC_ALL": "C"},
            check=False,
        )


def clean_environment() -> dict[str, str]:
    """Return our environment without what PostgreSQL and its clients would read from it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


@lru_cache(maxsize=1)
def identity() -> Identity:
    """Find out how to run as somebody ordinary; the system's answer doesn't change."""
    if os.geteuid() != 0 and _has_a_name(os.geteuid()):
        return Identity()
    namespaced = Identity(prefix=(sys.executable, "-IS", str(Path(__file__).resolve())))
    if os.geteuid() != 0 or namespaced.run(["true"]).returncode == 0:
        return namespaced
    account = ordinary_account()
    return Identity(uid=account.pw_uid, gid=account.pw_gid)


def ordinary_account() -> pwd.struct_passwd:
    """Return an account of this system that isn't root's. initdb wants one that has a name."""
    accounts = {account.pw_name: account for account in pwd.getpwall() if account.pw_uid != 0}
    if not accounts:
        raise LookupError("this system has no user but root")
    return next(
        (accounts[name] for name in ORDINARY if name in accounts), next(iter(accounts.values()))
    )


def _has_a_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def enter_user_namespace(uid: int, gid: int) -> None:
    """Let this process go on as `uid` and `gid` in its own eyes, unchanged in the kernel's."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")


def main() -> None:
    """Become the command in our arguments."""
    account = ordinary_account()
    try:
        enter_user_namespace(account.pw_uid, account.pw_gid)
    except OSError as error:
        sys.exit(
            f"User namespaces are not allowed here ({error.strerror}). Run this as an ordinary "
            "user that this system knows by name."
        )
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
