"""Reads the folder that `inkdex export --all` writes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from inkdex.commands.json_values import Value, values


def exported(folder: Path) -> Iterator[Value]:
    """Yield the lines of all files. One without a collection has that of the file's name."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            for value in values(file):
                if isinstance(value.value, dict):
                    value.value.setdefault("collection", unquote(path.stem))
                yield replace(value, where=f"{path.name}, {value.where}")
