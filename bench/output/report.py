"""Prints results as a table and writes them as JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]


def table(rows: Sequence[Row], title: str | None = None) -> None:
    """Print rows as a table. A row without a field has an empty cell."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    drawn = Table(title=title)
    for name in names:
        side: Literal["left", "right"] = "right" if _is_number(rows[0].get(name)) else "left"
        drawn.add_column(name, justify=side, overflow="fold")
    for row in rows:
        drawn.add_row(*(_shown(row.get(name)) for name in names))
    Console().print(drawn)


def markdown(rows: Sequence[Row], title: str) -> None:
    """Print rows as a table of Markdown."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, ["---"] * len(names), *([_plain(row.get(n)) for n in names] for row in rows)]
    print(f"\n**{title}**\n")
    print("\n".join(f"| {' | '.join(line)} |" for line in cells))


def save(rows: Sequence[Row] | Mapping[str, Sequence[Row]], path: Path) -> None:
    """Write rows as a JSON array, or several tables by their names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=2) + "\n")
    print(f"Wrote {path}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.3f}" if isinstance(value, float) else str(value)


def _plain(value: object) -> str:
    return "" if value is None else f"{value:,}" if _is_number(value) else str(value)
