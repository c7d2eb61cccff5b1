"""Installs the locked packages: with uv, in seconds, or else with pip, which is everywhere."""

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
# Settings for other environments than this one, which must hold what is locked and no more.
FOREIGN = ("PIP_TARGET", "PIP_PREFIX", "PIP_CONSTRAINT", "UV_SYSTEM_PYTHON", "UV_CONSTRAINT")
PIP_TO_UV = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE", "proxy": "HTTPS_PROXY"}
ALTERNATIVES = (
    "Inkdex also runs with Docker compose, or with servers of your own: "
    "pip install -r requirements/runtime.lock, set DATABASE_URL, REDIS_URL and OLLAMA_HOST, "
    "then run python -m api and python -m worker."
)


def say(text: str) -> None:
    """Tell the person who waits."""
    print(text, flush=True)  # noqa: T201 - rich may not be installed yet


@dataclass(frozen=True)
class Installer:
    """Fills one virtual environment from one lock; what the tools say goes to a log."""

    directory: Path
    lock: Path
    log: Path

    @property
    def python(self) -> Path:
        """Return the environment's interpreter."""
        return self.directory / "bin" / "python"

    def install(self) -> None:
        """Install every locked package, its hash verified."""
        self.log.write_text("")
        uv = self._find_uv() or self._add_uv()
        if uv is not None:
            command: list[str | Path] = [
                uv,
                "pip",
                "install",
                "--python",
                self.python,
                "--no-build",
            ]
            command += _exactly(self.lock)
            if self._succeeds(command, **self._settings_of_pip()):
                return
        say("uv can't do it here; going on with pip, which takes a minute or two.")
        self._add_pip()
        if not self._succeeds([*self._pip_install(), *_exactly(self.lock)]):
            raise StackError(diagnose(self.log.read_text(errors="replace"), self.log))

    def _find_uv(self) -> Path | None:
        own = self.directory / "bin" / "uv"
        found = str(own) if own.exists() else shutil.which("uv")
        return Path(found) if found else None

    def _add_uv(self) -> Path | None:
        """Install uv itself, as locked."""
        self._add_pip()
        alone = self.directory / "uv.txt"
        alone.write_text(requirement(self.lock.read_text(), "uv"))
        if self._succeeds([*self._pip_install(), *_exactly(alone)]):
            return self._find_uv()
        output = self.log.read_text(errors="replace")
        if NO_NETWORK.search(output):
            raise StackError(diagnose(output, self.log))
        return None

    def _add_pip(self) -> None:
        if self._succeeds([self.python, "-m", "pip", "--version"]):
            return
        if importlib.util.find_spec("ensurepip") is None:
            raise StackError(_no_pip())
        if not self._succeeds([self.python, "-m", "ensurepip"]):
            raise StackError(diagnose(self.log.read_text(errors="replace"), self.log))

    def _pip_install(self) -> list[str | Path]:
        return [self.python, "-m", "pip", "install", "--only-binary", ":all:"]

    def _settings_of_pip(self) -> dict[str, str]:
        """Return what pip is configured with (a mirror, say) as uv's variables, if not set."""
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
        environment = {k: v for k, v in os.environ.items() if k not in FOREIGN} | {"PIP_USER": "0"}
        if not _has_a_cache():
            environment.setdefault("UV_CACHE_DIR", str(self.directory / "uv-cache"))
            environment["PIP_NO_CACHE_DIR"] = "1"
        return environment


def requirement(lock: str, name: str) -> str:
    """Return one package's lines of a lock: its version and its hashes."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n +--hash=.*)+", lock, flags=re.MULTILINE)
    if found is None:
        raise StackError(f"The lock doesn't name {name}; run: make lock")
    return found[0] + "\n"


def diagnose(output: str, log: Path) -> str:
    """Say what an installation failed of, and what to do about it."""
    missing = NO_WHEEL.search(output)
    if NO_NETWORK.search(output):
        return (
            "The packages can't be downloaded: the package index doesn't answer.\n"
            "Check the network. Behind a proxy set HTTPS_PROXY; for a mirror set PIP_INDEX_URL, "
            f"or index-url in pip.conf.\nDetails: {log}"
        )
    if "No space left on device" in output:
        return f"The disk is full. Details: {log}"
    if missing:
        return f"{missing[1]} does not exist for this system and its Python.\n{ALTERNATIVES}"
    last = "\n".join(f"    {line}" for line in output.splitlines()[-12:])
    return f"The installation failed. {log} ends with:\n{last}"


def _exactly(lock: Path) -> list[str | Path]:
    return ["--no-deps", "--require-hashes", "-r", lock]


def _has_a_cache() -> bool:
    """Tell whether the usual cache, in the home directory, can be written."""
    home = os.environ.get("HOME")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or (Path(home) / ".cache" if home else "/"))
    existing = next(path for path in (cache, *cache.parents) if path.exists())
    return bool(home) and existing != Path("/") and os.access(existing, os.W_OK)


def _no_pip() -> str:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return (
        f"{sys.executable} came without the module ensurepip, which makes virtual environments.\n"
        f"Debian, Ubuntu:  sudo apt install python3-venv   (or python{version}-venv)\n"
        "macOS:           brew install python\n"
        "Elsewhere install uv, or name another Python: make PYTHON=/path/to/python3"
    )
