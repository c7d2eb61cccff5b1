"""The user that runs PostgreSQL, which refuses to run as root.

Run as a script, this module enters a user namespace that maps us to an ordinary user, then
executes the given command. Outside the namespace the files still belong to us.
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
PREFERRED_ACCOUNTS = ("postgres", "nobody", "daemon")


class SpawnOptions(TypedDict):
    """The user that starts a process. None means the current user."""

    user: int | None
    group: int | None
    extra_groups: list[str | int] | None


@dataclass(frozen=True)
class ProcessUser:
    """A user to run a program as, and the command that must precede the program."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    @property
    def file_owner(self) -> int:
        """The user that must own the program's files."""
        return os.geteuid() if self.uid is None else self.uid

    def spawn_options(self) -> SpawnOptions:
        """Return the arguments of `subprocess.Popen` that set the user."""
        groups: list[str | int] | None = None if self.uid is None else []
        return {"user": self.uid, "group": self.gid, "extra_groups": groups}

    def can_enter(self, directory: Path) -> bool:
        """Return whether this user can use `directory` as a working directory."""
        command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)]
        return self.run(command).returncode == 0

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
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
    """Return the environment without the variables of PostgreSQL."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


@lru_cache(maxsize=1)
def server_user() -> ProcessUser:
    """Return the user to run PostgreSQL as: the current one, unless it is root or has no name."""
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return ProcessUser()
    namespaced = ProcessUser(prefix=(sys.executable, "-IS", str(Path(__file__).resolve())))
    if os.geteuid() != 0 or namespaced.run(["true"]).returncode == 0:
        return namespaced
    account = ordinary_account()
    return ProcessUser(uid=account.pw_uid, gid=account.pw_gid)


def ordinary_account() -> pwd.struct_passwd:
    """Return an account other than root. initdb requires one that has a name."""
    accounts = {account.pw_name: account for account in pwd.getpwall() if account.pw_uid != 0}
    if not accounts:
        raise LookupError("this system has no user except root")
    return next(
        (accounts[name] for name in PREFERRED_ACCOUNTS if name in accounts),
        next(iter(accounts.values())),
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def enter_user_namespace(uid: int, gid: int) -> None:
    """Map this process to `uid` and `gid` inside a new user namespace. Raises OSError."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")


def main() -> None:
    """Replace this process with the command in the arguments."""
    account = ordinary_account()
    try:
        enter_user_namespace(account.pw_uid, account.pw_gid)
    except OSError as error:
        sys.exit(
            f"This system does not allow user namespaces ({error.strerror}). Run the command as "
            "an ordinary user with an account on this system."
        )
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
