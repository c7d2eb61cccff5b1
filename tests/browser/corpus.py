"""Sample documents: notes from a printing workshop."""

import json
from pathlib import Path
from typing import Any


def notes() -> list[dict[str, Any]]:
    """Return documents with readable ids, and metadata for filters."""
    found: list[dict[str, Any]] = json.loads(Path(__file__).with_name("notes.json").read_text())
    return found


def guide() -> dict[str, Any]:
    """Return a longer document, in Markdown."""
    return {
        "id": "guide-to-ink.md",
        "title": "A guide to ink",
        "content": Path(__file__).with_name("guide_to_ink.md").read_text(),
        "metadata": {"topic": "ink", "year": 2025, "tags": ["guide", "drying"]},
    }
