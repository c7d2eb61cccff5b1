"""The benchmarks' command line: python -m bench all, or one of them by its name."""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.benchmarks import (
    efficiency,
    levels,
    memory,
    page,
    pipeline,
    relevance,
    scale,
    searches,
    writes,
)
from bench.output import bar_chart as chart
from bench.output import report

RESULTS = Path("bench-results")
SIZES = (10_000, 100_000)
IMAGES = Path("docs/images")
Rows = list[dict[str, Any]]

BENCHMARKS: dict[str, tuple[str, Callable[..., Rows]]] = {
    "levels": ("who embeds what, and when", levels.run),
    "efficiency": ("how much of the model's speed is left", efficiency.run),
    "pipeline": ("the pipeline alone", pipeline.run),
    "writes": ("how long a write takes, whatever is broken", writes.run),
    "searches": ("what searches and writes feel of an import", searches.run),
    "memory": ("what an import of any size holds in memory", memory.run),
}
CHARTS = {
    "levels": ("Milliseconds from start to first answer (logarithmic)", "answered_ms", "ms"),
    "efficiency": ("Documents or texts a second", "a second", "/s"),
    "pipeline": ("Documents a second, a model server that answers at once", "a second", "/s"),
    "writes": ("Milliseconds of a write (p50)", "p50_ms", "ms"),
    "searches": ("Milliseconds until the answer (p95, logarithmic)", "p95_ms", "ms"),
    "memory": ("Megabytes of a worker after so many documents", "worker_mb", "MB"),
}


def main() -> None:
    """Run the benchmark that is asked for."""
    options = _parser().parse_args()
    options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the figures")
    parser.add_argument("--quick", action="store_true", help="fewer documents, rougher figures")
    benchmarks = parser.add_subparsers(required=True)
    judged = benchmarks.add_parser("relevance", help="how good the hits are")
    judged.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    judged.set_defaults(run=_relevance)
    grown = benchmarks.add_parser("scale", help="how search behaves as the corpus grows")
    grown.add_argument(
        "--chunks",
        type=int,
        nargs="+",
        default=SIZES,
        metavar="N",
        help="sizes to measure (10000 and 100000); a million takes an hour",
    )
    grown.set_defaults(run=_scale)
    watched = benchmarks.add_parser("page", help="what a page that stays open holds in memory")
    watched.add_argument("--minutes", type=int, default=60, metavar="N")
    watched.set_defaults(run=_page)
    everything = benchmarks.add_parser("all", help="all those below")
    everything.set_defaults(run=_run, names=list(BENCHMARKS))
    for name, (about, _) in BENCHMARKS.items():
        one = benchmarks.add_parser(name, help=about)
        one.set_defaults(run=_run, names=[name])
    return parser


def _relevance(options: argparse.Namespace) -> None:
    report.save(relevance.run(options.folders), options.results / "relevance.json")


def _scale(options: argparse.Namespace) -> None:
    rows = scale.run(options.chunks)
    report.save(rows, options.results / "scale.json")
    scale.draw(rows, options.results / "scale.svg")


def _page(options: argparse.Namespace) -> None:
    rows = page.run(options.minutes)
    report.table(rows, "page: what is held while it stays open")
    report.save(rows, options.results / "page.json")


def _run(options: argparse.Namespace) -> None:
    started = time.monotonic()
    for name in options.names:
        about, run = BENCHMARKS[name]
        rows = run(quick=options.quick)
        report.table(rows, f"{name}: {about}")
        report.save(rows, options.results / f"{name}.json")
        _draw(name, rows)
    print(f"{time.monotonic() - started:.0f} s")


def _draw(name: str, rows: Sequence[dict[str, Any]]) -> None:
    title, field, unit = CHARTS[name]
    most = max(row.get("documents", 0) for row in rows)
    shown = [
        (str(row.get("what") or row["level"]), float(row[field]))
        for row in rows
        if field in row and row.get("documents", 0) == most
    ]
    logarithmic = "logarithmic" in title
    chart.bars(IMAGES / f"bench-{name}.svg", title, shown, unit, logarithmic=logarithmic)


if __name__ == "__main__":
    main()
