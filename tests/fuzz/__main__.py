"""`python -m tests.fuzz --texts 20000` measures random texts on a server of its own."""

import argparse
import asyncio
import gc
import heapq
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from local.servers import postgres
from shared.config import Settings
from tests.fuzz import texts
from tests.fuzz.run import CHARACTERS, Finding, connect, run
from tests.support.databases import create_database, make_settings
from tests.support.paths import ROOT

SHOWN = 10
REPORT_EVERY = 500


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first text")
    parser.add_argument("--characters", type=int, default=CHARACTERS, help="of the smaller text")
    options = parser.parse_args()
    fast = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres.running(Path(folder) / "postgres", settings=fast) as url,
    ):
        database = create_database(url, "inkdex_fuzz")
        subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database},
            check=True,
        )
        seeds = range(options.seed, options.seed + options.texts)
        return asyncio.run(
            _measure_all(
                make_settings(database, "redis://127.0.0.1", ""), seeds, options.characters
            )
        )


async def _measure_all(settings: Settings, seeds: range, characters: int) -> int:
    slowest: list[tuple[float, str, int, Finding]] = []
    faults = 0
    async with await connect(settings) as connection:
        # A collection looks at all that the caches hold, for 50 ms. It is no text's cost.
        gc.disable()
        for number, seed in enumerate(seeds, start=1):
            finding = await run(connection, texts.unit(seed), characters)
            for fault in finding.faults():
                faults += 1
                _say(f"text {seed}: {fault}")
            slowest = heapq.nlargest(SHOWN, [*slowest, (*finding.slowest, seed, finding)])
            if number % REPORT_EVERY == 0:
                _say(f"{number} texts, {faults} faults")
                gc.collect()
    for seconds, step, seed, finding in slowest:
        _say(f"{seconds:.2f} s per 100 KB to {step}: text {seed}, {finding}")
    return int(faults > 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
