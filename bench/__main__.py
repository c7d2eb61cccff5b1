"""The command line of the benchmarks: `python -m bench all`, or one by its name."""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.benchmarks import (
    answers,
    efficiency,
    levels,
    memory,
    model_servers,
    models,
    neighbours,
    outside,
    page,
    parts,
    pipeline,
    relevance,
    rolling,
    scale,
    searches,
    semantic_cache,
    tenants,
    tenants_fair,
    writes,
)
from bench.corpus.vector_index import KINDS
from bench.output import bar_chart, report

RESULTS = Path("bench-results")
SIZES = (10_000, 100_000)
IMAGES = Path("docs/images")
Rows = list[dict[str, Any]]

BENCHMARKS: dict[str, tuple[str, Callable[..., Rows]]] = {
    "levels": ("five designs, by the time of their embeddings", levels.run),
    "efficiency": ("the pipeline's share of the model's speed", efficiency.run),
    "pipeline": ("the pipeline with an instant model server", pipeline.run),
    "model-servers": ("two model servers, one of them slow, dead or wrong", model_servers.run),
    "parts": ("one, two and four of each part", parts.run),
    "writes": ("the latency of writes during faults", writes.run),
    "searches": ("the latency of searches and writes during an import", searches.run),
    "outside": ("hybrid searches next to a bare endpoint", outside.run),
    "memory": ("the memory of the processes during a long import", memory.run),
    "neighbours": ("another client's searches and writes under attack", neighbours.run),
    "tenants-fair": ("a tenant's single writes beside a noisy tenant", tenants_fair.run),
    "tenants": ("searches of a tenant among others, and alone in a database", tenants.run),
}
CHARTS = {
    "levels": ("Milliseconds from start to first answer (logarithmic)", "answered_ms", "ms"),
    "efficiency": ("Documents or texts per second", "per second", "/s"),
    "model-servers": ("Documents per second with one or two model servers", "per second", "/s"),
    "parts": ("Documents or searches per second, by the first of the same part", "ratio", "x"),
    "pipeline": ("Documents per second, with an instant model server", "per second", "/s"),
    "writes": ("Milliseconds of a write (p50)", "p50_ms", "ms"),
    "searches": ("Milliseconds until the answer (p95, logarithmic)", "p95_ms", "ms"),
    "outside": ("Hybrid searches per second", "per second", "/s"),
    "memory": ("Megabytes of the worker after so many documents", "worker_mb", "MB"),
    "neighbours": ("Milliseconds of another client's slowest search", "search_max_ms", "ms"),
    "tenants-fair": ("Milliseconds of a quiet tenant's slowest write", "max_ms", "ms"),
    "tenants": ("Searches among a million chunks, by the time alone (p95)", "ratio of p95", "x"),
}


def main() -> None:
    options = _parser().parse_args()
    options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--quick", action="store_true", help="fewer documents, less exact results")
    benchmarks = parser.add_subparsers(required=True)
    relevance_parser = benchmarks.add_parser("relevance", help="the quality of the hits")
    relevance_parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    relevance_parser.add_argument(
        "--rerank", action="store_true", help="with the reranker that is set, too"
    )
    relevance_parser.set_defaults(run=_relevance)
    models_parser = benchmarks.add_parser(
        "models", help="speed, quality and size of the model server's embedding models"
    )
    models_parser.add_argument("folders", type=Path, nargs="*", metavar="RELEVANCE_FOLDER")
    models_parser.set_defaults(run=_models)
    answers_parser = benchmarks.add_parser(
        "answers", help="first words by prompt length, the cache, searches beside answers"
    )
    answers_parser.set_defaults(run=_answers)
    scale_parser = benchmarks.add_parser("scale", help="search as the corpus grows")
    scale_parser.add_argument(
        "--chunks",
        type=int,
        nargs="+",
        default=SIZES,
        metavar="N",
        help="sizes to measure (default: 10000 100000); a million takes an hour",
    )
    scale_parser.add_argument(
        "--index", nargs="+", choices=list(KINDS), default=["halfvec"], help="kinds to build"
    )
    scale_parser.add_argument(
        "--vectors-only", action="store_true", help="without texts, whose words take longest"
    )
    scale_parser.set_defaults(run=_scale)
    page_parser = benchmarks.add_parser("page", help="frames and memory of pages that stay open")
    page_parser.add_argument("--minutes", type=int, default=60, metavar="N")
    page_parser.set_defaults(run=_page)
    rolling_parser = benchmarks.add_parser(
        "rolling", help="requests while each process is replaced; needs HAProxy"
    )
    rolling_parser.set_defaults(run=_rolling)
    cache_parser = benchmarks.add_parser(
        "semantic-cache", help="which questions share an answer, and which should"
    )
    cache_parser.set_defaults(run=_semantic_cache)
    all_parser = benchmarks.add_parser("all", help="all benchmarks below")
    all_parser.set_defaults(run=_run, names=list(BENCHMARKS))
    for name, (about, _) in BENCHMARKS.items():
        parser_of_one = benchmarks.add_parser(name, help=about)
        parser_of_one.set_defaults(run=_run, names=[name])
    return parser


def _relevance(options: argparse.Namespace) -> None:
    rows = relevance.run(options.folders, rerank=options.rerank)
    report.save(rows, options.results / "relevance.json")


def _models(options: argparse.Namespace) -> None:
    rows = models.run(options.folders, quick=options.quick)
    report.table(rows, "models: the bytes are those of the vector index of 1,000 documents")
    report.save(rows, options.results / "models.json")
    models.draw(rows, options.results / "models.svg")


def _answers(options: argparse.Namespace) -> None:
    tables = answers.run(quick=options.quick)
    for title, rows in tables.items():
        report.markdown(rows, title)
    report.save(tables, options.results / "answers.json")
    answers.draw(tables, IMAGES / "bench-answers.svg")


def _scale(options: argparse.Namespace) -> None:
    rows = scale.run(options.chunks, options.index, has_texts=not options.vectors_only)
    report.save(rows, options.results / "scale.json")
    scale.draw(rows, options.results / "scale.svg")


def _page(options: argparse.Namespace) -> None:
    rows = page.run(options.minutes)
    report.table(rows, "page: frames and memory while they stay open")
    report.save(rows, options.results / "page.json")


def _rolling(options: argparse.Namespace) -> None:
    rows = rolling.run()
    report.table(rows, "rolling: requests while each process is replaced")
    report.save(rows, options.results / "rolling.json")


def _semantic_cache(options: argparse.Namespace) -> None:
    rows = semantic_cache.run()
    report.table(rows, "semantic-cache: pairs of questions that share an answer")
    report.save(rows, options.results / "semantic-cache.json")


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
        (str(row.get("name") or row["level"]), float(row[field]))
        for row in rows
        if field in row and row.get("documents", 0) == most
    ]
    logarithmic = "logarithmic" in title
    bar_chart.bars(IMAGES / f"bench-{name}.svg", title, shown, unit, logarithmic=logarithmic)


if __name__ == "__main__":
    main()
