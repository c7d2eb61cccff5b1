"""`inkdex put`, `get`, `patch`, `delete`, `list` and `retry`."""

import argparse
import sys
from itertools import islice
from pathlib import Path

from inkdex.client import Inkdex
from inkdex.commands.output import (
    agreed,
    complain,
    connect,
    one_line,
    printable,
    say,
    say_json,
    table,
)
from inkdex.models.documents import Document

WAIT_SECONDS = 30


def run(options: argparse.Namespace) -> int:
    """Run one of the commands."""
    commands = {
        "put": _put,
        "get": _get,
        "patch": _patch,
        "delete": _delete,
        "list": _list,
        "retry": _retry,
    }
    with connect(options) as inkdex:
        return commands[options.command](inkdex, options)


def _put(inkdex: Inkdex, options: argparse.Namespace) -> int:
    raw = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    document = inkdex.documents.put(
        options.id,
        raw.decode(),
        title=options.title,
        metadata=options.metadata,
        collection=options.collection,
    )
    if options.wait:
        document = _waited(inkdex, options.id, options.collection)
    _show(options, document)
    return int(document.status == "failed")


def _waited(inkdex: Inkdex, id_: str, collection: str | None) -> Document:
    while True:
        found = inkdex.documents.get(id_, collection=collection, wait=WAIT_SECONDS)
        if found.status != "pending":
            return found


def _get(inkdex: Inkdex, options: argparse.Namespace) -> int:
    for id_ in options.id:
        document = inkdex.documents.get(id_, collection=options.collection, wait=options.wait)
        if options.json:
            say_json(document)
        else:
            say(printable(document.content) if sys.stdout.isatty() else document.content)
    return 0


def _patch(inkdex: Inkdex, options: argparse.Namespace) -> int:
    if bool(options.id) == bool(options.filter):
        raise ValueError("Give ids or --filter.")
    for id_ in options.id:
        inkdex.documents.patch(id_, metadata=options.metadata, collection=options.collection)
    changed = len(options.id)
    if options.filter:
        changed = inkdex.documents.patch_where(
            options.filter, options.metadata, collection=options.collection
        ).changed
    say_json({"changed": changed}) if options.json else say(f"{changed:,} changed")
    return 0


def _delete(inkdex: Inkdex, options: argparse.Namespace) -> int:
    if bool(options.id) == bool(options.filter):
        raise ValueError("Give ids or --filter.")
    for id_ in options.id:
        inkdex.documents.delete(id_, collection=options.collection)
    deleted = len(options.id)
    if options.filter:
        first = inkdex.documents.page(collection=options.collection, filter=options.filter, limit=1)
        if first.items:
            if not agreed("Delete all documents that meet the filter?", options):
                return 1
            deleted = inkdex.documents.delete_where(
                options.filter, collection=options.collection
            ).deleted
    say_json({"deleted": deleted}) if options.json else say(f"{deleted:,} deleted")
    return 0


def _list(inkdex: Inkdex, options: argparse.Namespace) -> int:
    documents = islice(
        inkdex.documents.list(
            collection=options.collection,
            filter=options.filter,
            status=options.status,
            page_size=min(options.limit or 200, 200),
        ),
        options.limit,
    )
    if options.json:
        for each in documents:
            say_json(each)
        return 0
    header = ("ID", "STATUS", "VERSION", "UPDATED", "TITLE")
    table(header, map(_row, documents))
    return 0


def _row(each: Document) -> tuple[object, ...]:
    return (each.id, each.status, each.version, f"{each.updated_at:%Y-%m-%d %H:%M}", each.title)


def _retry(inkdex: Inkdex, options: argparse.Namespace) -> int:
    for id_ in options.id:
        inkdex.documents.retry(id_, collection=options.collection)
    retried = len(options.id)
    if not options.id:
        retried = inkdex.documents.retry_failed(collection=options.collection).retried
    say_json({"retried": retried}) if options.json else say(f"{retried:,} pending again")
    return 0


def _show(options: argparse.Namespace, document: Document) -> None:
    if options.json:
        say_json(document)
    else:
        say(f"{one_line(document.id)} {document.status}, version {document.version}")
    if document.error:
        complain(document.error.message)
