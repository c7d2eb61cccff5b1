"""The notes of a printer's workshop: what the console is shown with."""

import json
from pathlib import Path
from typing import Any


def notes() -> list[dict[str, Any]]:
    """Documents with readable ids and metadata to filter by."""
    found: list[dict[str, Any]] = json.loads(Path(__file__).with_name("notes.json").read_text())
    return found
