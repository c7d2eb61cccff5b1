"""Draws horizontal bar charts as SVG, which GitHub displays."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log10
from pathlib import Path

WIDTH, LABEL, BAR, ROW = 760, 320, 340, 26
HIGHLIGHT, GREY = "#3b4cca", "#9aa3b2"
STYLE = "font: 13px system-ui, sans-serif; fill: #57606a"


def bars(
    path: Path,
    title: str,
    rows: Sequence[tuple[str, float]],
    unit: str,
    *,
    logarithmic: bool = False,
) -> None:
    """Write a chart with a bar for each row. The bars of Inkdex are highlighted."""
    most = max(value for _, value in rows)
    least = min(value for _, value in rows)
    lines = [_text(0, 18, title, "font: bold 15px system-ui, sans-serif; fill: #57606a")]
    for number, (label, value) in enumerate(rows):
        top = 34 + number * ROW
        share = _logarithm(value, least, most) if logarithmic else value / most
        color = HIGHLIGHT if "Inkdex" in label else GREY
        lines.append(_text(0, top + 15, label, STYLE))
        lines.append(
            f'<rect x="{LABEL}" y="{top + 2}" width="{max(2.0, BAR * share):.1f}"'
            f' height="{ROW - 8}" rx="3" fill="{color}"/>'
        )
        shown = f"{value:,.0f}" if value >= 100 else f"{value:,.2g}"
        lines.append(_text(LABEL + max(2.0, BAR * share) + 6, top + 15, f"{shown} {unit}", STYLE))
    _write(path, lines, 40 + len(rows) * ROW)


def _logarithm(value: float, least: float, most: float) -> float:
    low = log10(least) - 0.3
    return (log10(value) - low) / (log10(most) - low)


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" style="{style}">{escape(text)}</text>'


def _write(path: Path, lines: Sequence[str], height: int) -> None:
    size: Mapping[str, object] = {"width": WIDTH, "height": height}
    opening = " ".join(f'{name}="{value}"' for name, value in size.items())
    body = "\n".join(lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {opening} viewBox="0 0 {WIDTH} {height}">\n'
        f"{body}\n</svg>\n"
    )
