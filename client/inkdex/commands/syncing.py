"""`inkdex sync` and `inkdex watch`."""

import argparse
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from inkdex.client import Inkdex
from inkdex.commands.output import (
    Progress,
    complain,
    connect,
    one_line,
    say,
    say_json,
    show_skipped,
)
from inkdex.commands.waiting import wait_until_read
from inkdex.errors import InkdexError, TooManyRequests, Unavailable, Unreachable
from inkdex.sources.folder import Folder
from inkdex.sources.origin import Away, FileOrigin, RowOrigin
from inkdex.sources.reading import NotRead
from inkdex.sources.row_shape import RowShape, Template
from inkdex.sources.site import Site
from inkdex.sources.sync import Report, Sync

SHOWN = 20


def run(options: argparse.Namespace) -> int:
    """Sync once, or until it is interrupted."""
    with connect(options) as inkdex:
        sync = _sync(inkdex, options)
        if options.command == "watch":
            return _watch(sync, options)
        with sync.open():
            report = sync.look()[1] if options.dry_run else sync.run()
        _end(sync)
        is_read = options.dry_run or not options.wait or _is_read(sync)
        report.unread = sync.reading.failures()
    _show(options, report)
    return int(bool(report.refused or report.unread or report.held or not is_read))


def _is_read(sync: Sync) -> bool:
    """Wait until the server has read all files; say so if it does not in time."""
    try:
        wait_until_read(sync.reading)
    except NotRead as error:
        complain(str(error))
        return False
    return True


def _sync(inkdex: Inkdex, options: argparse.Namespace) -> Sync:
    sync = Sync.of(inkdex, _origin(options), options.source, options.collection)
    sync.remove_all, sync.on_progress = options.yes, Progress("Sending")
    return sync


def _origin(options: argparse.Namespace) -> FileOrigin | RowOrigin:
    """Return what the place is by its scheme, or a folder; raises InkdexError if it is none."""
    place: str = options.place
    if place.startswith(("postgresql://", "postgres://")):
        return _table(options)
    if any([options.table, options.query, options.template, options.id, options.title]):
        raise InkdexError("--table, --query, --template, --id and --title are for PostgreSQL.")
    if place.startswith(("http://", "https://")):
        return Site(place)
    if place.startswith("s3://"):
        return _bucket(place)
    folder = Path(place).resolve()
    if not folder.is_dir():
        raise InkdexError(f"{place} is not a folder that can be read.")
    return Folder(folder)


def _table(options: argparse.Namespace) -> RowOrigin:
    _require("psycopg", "postgres")
    if options.query and not options.source:
        raise InkdexError("Name the source that the rows of a query are, with --source.")
    from inkdex.sources.table import Table  # noqa: PLC0415 - needs psycopg

    template = Template.of(options.template) if options.template else RowShape().template
    shape = RowShape(tuple(options.id or ()), template, options.title)
    return Table.of(options.place, options.table, options.query, shape)


def _bucket(address: str) -> FileOrigin:
    _require("boto3", "s3")
    from inkdex.sources.bucket import Bucket  # noqa: PLC0415 - needs boto3

    return Bucket.of(address)


def _require(package: str, extra: str) -> None:
    """Raise InkdexError if the package of an extra is not installed."""
    if find_spec(package) is None:
        raise InkdexError(f"This needs the package {package}: pip install 'inkdex[{extra}]'")


def _end(sync: Sync) -> None:
    if isinstance(sync.on_progress, Progress):
        sync.on_progress.end()


def _watch(sync: Sync, options: argparse.Namespace) -> int:
    """Look at the place again and again. What goes wrong is tried again."""
    complaint, unread, is_settled = "", dict[str, str](), False
    pause = sync.origin.pause if options.seconds is None else options.seconds
    with sync.open():
        while True:
            try:
                report = sync.run()
                if report.sent or report.removed or not is_settled:
                    left = map(sync.reading.left, ("extracting", "pending"))
                    is_settled = not any(left)
                    unread = sync.reading.failures()
                report.unread = unread
                reason = _reason(report)
                if report.sent or report.removed:
                    _end(sync)
                    _show(options, report)
                    sys.stdout.flush()
            except (Unreachable, TooManyRequests, Unavailable, Away) as error:
                reason = str(error)
            if reason and reason != complaint:
                complain(reason)
            complaint = reason
            time.sleep(pause)


def _reason(report: Report) -> str:
    problems = {**report.unread, **report.refused}
    lines = [f"{path}: {reason}" for path, reason in problems.items()][:SHOWN]
    if len(problems) > SHOWN:
        lines.append(f"{len(problems):,} in all; --json names every one")
    return "\n".join([*lines, *([_held(report)] if report.held else [])])


def _held(report: Report) -> str:
    return (
        f"{report.held:,} of {report.known:,} are gone, more than half. "
        "Nothing was removed. Add --yes to remove them."
    )


def _show(options: argparse.Namespace, report: Report) -> None:
    plan = report.plan
    removed = plan.removed if getattr(options, "dry_run", False) else report.removed
    if options.json:
        say_json(
            {
                "new": plan.new,
                "changed": plan.changed,
                "renamed": plan.renamed,
                "unchanged": len(plan.unchanged),
                "removed": removed,
                "absent": plan.absent,
                "held": report.held,
                "refused": report.refused,
                "unread": report.unread,
                "skipped": report.skipped,
            }
        )
        return
    for word, paths in (("new", plan.new), ("changed", plan.changed), ("removed", removed)):
        _show_paths(word, paths)
    _show_paths("renamed", [f"{old} -> {new}" for new, old in plan.renamed.items()])
    _show_paths("missing, removed if it stays away", plan.absent)
    say(f"{len(plan.unchanged):,} unchanged")
    show_skipped(report.skipped)
    if options.command == "sync" and (reason := _reason(report)):
        complain(reason)


def _show_paths(word: str, paths: list[str]) -> None:
    if paths:
        say(f"{len(paths):,} {word}")
    for path in paths[:SHOWN]:
        say(f"  {one_line(path)}")
