"""Draws line charts as SVG, on logarithmic axes."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT, MARGIN, LEGEND = 860, 460, 70, 210
COLOURS = ("#1b6ca8", "#c0392b", "#218c5a", "#8e44ad", "#d68910", "#117a8b", "#7f8c8d", "#2c3e50")


def save(path: Path, title: str, axes: tuple[str, str], lines: Mapping[str, Points]) -> None:
    """Write a chart of named lines. All their points (x, y) must be positive."""
    xs = [x for points in lines.values() for x, _ in points]
    ys = [y for points in lines.values() for _, y in points]
    across, up = _Axis(xs, MARGIN, WIDTH - LEGEND), _Axis(ys, HEIGHT - MARGIN, MARGIN)
    drawn = [
        _text(WIDTH / 2, MARGIN / 2, title, "middle", size=18),
        _text((WIDTH - LEGEND + MARGIN) / 2, HEIGHT - 18, axes[0], "middle"),
        _text(MARGIN, MARGIN - 14, axes[1], "middle"),
        *(_text(across.at(tick), HEIGHT - MARGIN + 20, _short(tick)) for tick in across.ticks()),
        *(_text(MARGIN - 10, up.at(tick) + 4, _short(tick), "end") for tick in up.ticks()),
        *(_rule(up.at(tick)) for tick in up.ticks()),
        *(
            _line(number, name, [(across.at(x), up.at(y)) for x, y in points])
            for number, (name, points) in enumerate(lines.items())
        ),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>{"".join(drawn)}</svg>\n'
    )
    print(f"Wrote {path}")


class _Axis:
    """A logarithmic axis between two coordinates of the picture."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self._low = math.floor(math.log10(min(values)))
        self._high = max(math.ceil(math.log10(max(values))), self._low + 1)
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        part = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + part * (self._end - self._start)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self._low, self._high + 1)]


def _line(number: int, name: str, points: Points) -> str:
    colour = COLOURS[number % len(COLOURS)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)
    height = MARGIN + 22 * number
    key = f'<rect x="{WIDTH - LEGEND + 20}" y="{height}" width="14" height="4" fill="{colour}"/>'
    named = _text(WIDTH - LEGEND + 40, height + 7, name, "start")
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        f"{dots}{key}{named}"
    )


def _rule(y: float) -> str:
    return f'<path d="M{MARGIN} {y:.1f}H{WIDTH - LEGEND}" stroke="#ddd"/>'


def _text(x: float, y: float, text: str, anchor: str = "middle", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
        f"{escape(text)}</text>"
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
