"""Says at the end what became of every document."""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from local.importing.checkpoint import ImportProgress
from local.importing.waiting import Outcome
from local.output import show

REJECTED_SHOWN = 20
REASONS_SHOWN = 12
NAMES_SHOWN = 10


def summarize(
    progress: ImportProgress, skipped: Mapping[str, Sequence[str]], rejects: Path
) -> None:
    """Print the counts and the first rejected documents."""
    show(f"  {progress.accepted:,} accepted, and found by a search for their words")
    if progress.replaced:
        show(f"    {progress.replaced:,} of them replaced an earlier document with the same id")
    if progress.unchanged:
        show(f"  {progress.unchanged:,} unchanged, and not embedded again")
    if progress.files:
        show(f"  {progress.files:,} files accepted, and read by the workers")
    _show_skipped({**skipped, **progress.skipped})
    _show_rejected(progress, rejects)


def _show_skipped(skipped: Mapping[str, Sequence[str]]) -> None:
    if not skipped:
        return
    show(f"  {sum(map(len, skipped.values())):,} skipped")
    by_count = sorted(skipped.items(), key=lambda each: len(each[1]), reverse=True)
    for reason, names in by_count[:REASONS_SHOWN]:
        show(f"    {reason}: {len(names):,} ({_some(names)})")
    if len(skipped) > REASONS_SHOWN:
        show(f"    and {len(skipped) - REASONS_SHOWN:,} other reasons")


def _some(names: Sequence[str]) -> str:
    more = f", and {len(names) - NAMES_SHOWN:,} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


def _show_rejected(progress: ImportProgress, rejects: Path) -> None:
    show(f"  {progress.rejected:,} rejected")
    with rejects.open() as file:
        for line in islice(file, REJECTED_SHOWN):
            rejected = json.loads(line)
            show(f"    {rejected['location']}: {rejected['error']}")
    if progress.rejected > REJECTED_SHOWN:
        show(f"    The complete list: {rejects}")
    if progress.not_replaced:
        show(
            f"  {progress.not_replaced:,} would have replaced documents of another source. To keep "
            "both, import again with\n  SOURCE=name, which goes in front of the ids. To replace "
            "them, import again with REPLACE=1."
        )


def show_outcome(outcome: Outcome, seconds: float) -> None:
    """Print how many documents are ready, and which failed."""
    show(f"  {outcome.ready:,} ready after {seconds:.0f} s")
    if outcome.failed:
        show(f"  {outcome.failed:,} failed, and found by a search for their words only")
        for failure in outcome.failures:
            show(f"    {failure}")
    if outcome.deleted:
        show(f"  {outcome.deleted:,} deleted in the meantime")


def show_files(outcome: Outcome) -> None:
    """Print how many files are read, and why others are not."""
    show(f"  {outcome.ready:,} files read and ready")
    if outcome.failed:
        show(f"  {outcome.failed:,} files failed")
        for failure in outcome.failures:
            show(f"    {failure}")
    if outcome.deleted:
        show(f"  {outcome.deleted:,} files deleted in the meantime")
