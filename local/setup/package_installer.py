"""Installs the locked packages: with uv, which takes seconds, or with pip if uv fails."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.errors import StackError

NO_NETWORK = re.compile(
    "NewConnectionError|NameResolutionError|ConnectTimeout|Max retries exceeded|ProxyError"
    "|CERTIFICATE_VERIFY_FAILED|Network is unreachable|Temporary failure in name resolution"
)
NO_WHEEL = re.compile(r"No matching distribution found for ([\w.-]+(?:==[\w.+-]+)?)")
# Settings of the user that would add packages, or install them into another environment.
IGNORED_VARIABLES = (
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_CONSTRAINT",
    "UV_SYSTEM_PYTHON",
    "UV_CONSTRAINT",
)
PIP_TO_UV = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE", "proxy": "HTTPS_PROXY"}
ALTERNATIVES = (
    "Inkdex also runs with Docker compose, or with your own servers: "
    "run pip install -r requirements/runtime.lock, set DATABASE_URL, REDIS_URL and OLLAMA_HOST, "
    "then run python -m api and python -m worker."
)


class NoWheelError(StackError):
    """A package does not exist for this system or this Python."""


def show(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - rich may not be installed yet


@dataclass(frozen=True)
class PackageInstaller:
    """Installs one lock file into one virtual environment. A log stores the tools' output."""

    directory: Path
    lock: Path
    log: Path

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    def install(self) -> None:
        """Install every locked package and verify its hash. Raises StackError."""
        self.log.write_text("")
        if self._install_with_uv():
            return
        show("uv failed. Continuing with pip, which takes a minute or two.")
        self._ensure_pip()
        if not self._succeeds([*self._pip_install(), *_locked(self.lock)]):
            raise self._failure()

    def _install_with_uv(self) -> bool:
        uv = self._find_uv() or self._install_uv()
        if uv is None:
            return False
        command: list[str | Path] = [uv, "pip", "install", "--no-build", "--python", self.python]
        return self._succeeds([*command, *_locked(self.lock)], **self._pip_settings())

    def _find_uv(self) -> Path | None:
        own = self.directory / "bin" / "uv"
        found = str(own) if own.exists() else shutil.which("uv")
        return Path(found) if found else None

    def _install_uv(self) -> Path | None:
        self._ensure_pip()
        requirements = self.directory / "uv.txt"
        requirements.write_text(requirement(self.lock.read_text(), "uv"))
        if self._succeeds([*self._pip_install(), *_locked(requirements)]):
            return self._find_uv()
        if NO_NETWORK.search(self.log.read_text(errors="replace")):
            raise self._failure()
        return None

    def _ensure_pip(self) -> None:
        if self._succeeds([self.python, "-m", "pip", "--version"]):
            return
        if importlib.util.find_spec("ensurepip") is None:
            raise StackError(_missing_ensurepip())
        if not self._succeeds([self.python, "-m", "ensurepip"]):
            raise self._failure()

    def _failure(self) -> StackError:
        output = self.log.read_text(errors="replace")
        reason = diagnose(output, self.log)
        if NO_WHEEL.search(output) and not NO_NETWORK.search(output):
            return NoWheelError(f"{reason}\n{ALTERNATIVES}")
        return StackError(reason)

    def _pip_install(self) -> list[str | Path]:
        return [self.python, "-m", "pip", "install", "--only-binary", ":all:"]

    def _pip_settings(self) -> dict[str, str]:
        """Return the settings of pip, such as a mirror, as variables of uv that are not set yet."""
        listing = subprocess.run(
            [sys.executable, "-m", "pip", "config", "list"],
            capture_output=True,
            text=True,
            check=False,
        )
        found = dict(re.findall(r"\.([a-z-]+)='([^']+)'", listing.stdout))
        return {
            variable: found[name]
            for name, variable in PIP_TO_UV.items()
            if name in found and variable not in os.environ
        }

    def _succeeds(self, command: Sequence[str | Path], **extra: str) -> bool:
        with self.log.open("a") as log:
            log.write(f"$ {' '.join(map(str, command))}\n")
            log.flush()
            done = subprocess.run(  # noqa: S603 - commands are ours
                command,
                env=self._environment() | extra,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        return done.returncode == 0

    def _environment(self) -> dict[str, str]:
        environment = {k: v for k, v in os.environ.items() if k not in IGNORED_VARIABLES}
        environment["PIP_USER"] = "0"
        if not _has_cache():
            environment.setdefault("UV_CACHE_DIR", str(self.directory / "uv-cache"))
            environment["PIP_NO_CACHE_DIR"] = "1"
        return environment


def requirement(lock: str, name: str) -> str:
    """Return the lines of a lock file for one package: its version and its hashes."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n +--hash=.*)+", lock, flags=re.MULTILINE)
    if found is None:
        raise StackError(f"The lock file doesn't name {name}. Run: make lock")
    return found[0] + "\n"


def diagnose(output: str, log: Path) -> str:
    """Return why an installation failed and what to do."""
    missing = NO_WHEEL.search(output)
    if NO_NETWORK.search(output):
        return (
            "The packages can't be downloaded: the package index doesn't answer.\n"
            "Check the network. Set HTTPS_PROXY if you use a proxy, and PIP_INDEX_URL or "
            f"index-url in pip.conf if you use a mirror.\nDetails: {log}"
        )
    if "No space left on device" in output:
        return f"The disk is full. Details: {log}"
    if missing:
        return f"{missing[1]} does not exist for this system and Python version."
    last = "\n".join(f"    {line}" for line in output.splitlines()[-12:])
    return f"The installation failed. {log} ends with:\n{last}"


def _locked(lock: Path) -> list[str | Path]:
    return ["--no-deps", "--require-hashes", "-r", lock]


def _has_cache() -> bool:
    """Return whether the usual cache folder, in the home directory, can be written."""
    home = os.environ.get("HOME")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or (Path(home) / ".cache" if home else "/"))
    existing = next(path for path in (cache, *cache.parents) if path.exists())
    return bool(home) and existing != Path("/") and os.access(existing, os.W_OK)


def _missing_ensurepip() -> str:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return (
        f"{sys.executable} has no ensurepip module, and virtual environments need it.\n"
        f"Debian, Ubuntu:  sudo apt install python3-venv   (or python{version}-venv)\n"
        "macOS:           brew install python\n"
        "Other systems:   install uv, or name another Python: make PYTHON=/path/to/python3"
    )
