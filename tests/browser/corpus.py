"""Sample documents: notes from a printing workshop."""

import json
from pathlib import Path
from typing import Any


def notes() -> list[dict[str, Any]]:
    """Return documents with readable ids, and metadata for filters."""
    found: list[dict[str, Any]] = json.loads(Path(__file__).with_name("notes.json").read_text())
    return found
