"""Installs other products from PyPI, each into its own virtual environment."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path("bench-results").absolute()


class Unavailable(Exception):
    """The product cannot be installed here, or it fails."""


def install(requirement: str) -> Path:
    """Install a package once and return the folder of its programs. Raises Unavailable."""
    venv = FOLDER / f".{requirement.partition('[')[0].partition('=')[0]}"
    done = venv / requirement.replace("/", "-")
    if not done.exists():
        print(f"Installing {requirement} into {venv} for a comparison ...")
        run(sys.executable, "-m", "venv", "--clear", str(venv))
        run(str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", requirement)
        done.touch()
    return venv / "bin"


def run(*command: str, stdin: str = "", seconds: float | None = None) -> str:
    """Run a program to its end and return its output. Raises Unavailable."""
    try:
        done = subprocess.run(  # noqa: S603
            command, input=stdin, capture_output=True, text=True, check=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{_name(command)} took over {seconds} s.") from None
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"{_name(command)} failed: {error.stderr.strip()[-300:]}") from None
    return done.stdout


def _name(command: tuple[str, ...]) -> str:
    return " ".join(command[:3])
