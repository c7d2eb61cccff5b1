"""python -m tests.soak --minutes N --seed S: faults at random, and a table that must hold."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from random import SystemRandom

from tests.soak.run import soak


def main() -> None:
    """Run one soak; its logs are kept if it fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--keep", action="store_true", help="keep the logs of a run that passed")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="inkdex-soak-"))
    # PostgreSQL's stand-in for root must get through to its own folder below.
    folder.chmod(0o711)
    if not soak(options.minutes, options.seed, folder):
        sys.exit(1)
    if not options.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
