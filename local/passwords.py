"""Passwords in the data directory: generated once, and readable by their owner alone."""

import os
import secrets
from pathlib import Path


def read_or_create(path: Path) -> str:
    """Return the password in `path`. Generate and store one if the file is missing or empty."""
    if not path.exists() or not path.read_text().strip():
        write_private(path, secrets.token_urlsafe(24) + "\n")
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically. Other users cannot read it at any time."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)
