"""Passwords that are made once and kept in the data directory, readable by their owner only."""

import os
import secrets
from pathlib import Path


def kept(path: Path) -> str:
    """Return the password in `path`, which is written first if it isn't there."""
    if not path.exists() or not path.read_text().strip():
        write_private(path, secrets.token_urlsafe(24) + "\n")
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Replace `path` at once, never readable by others, not even while it is written."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)
