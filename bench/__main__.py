"""The benchmarks' command line: python -m bench relevance FOLDER..."""

import argparse
from pathlib import Path

from bench import relevance, report

RESULTS = Path("bench-results")


def main() -> None:
    """Run the benchmark that is asked for."""
    options = _parser().parse_args()
    options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the figures")
    benchmarks = parser.add_subparsers(required=True)
    judged = benchmarks.add_parser("relevance", help="how good the hits are")
    judged.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    judged.set_defaults(run=_relevance)
    return parser


def _relevance(options: argparse.Namespace) -> None:
    report.save(relevance.run(options.folders), options.results / "relevance.json")


if __name__ == "__main__":
    main()
