"""What each command takes. It imports nothing heavy, so that --help is fast."""

import argparse
import json
from pathlib import Path
from typing import Any

Parser = argparse.ArgumentParser
MIGRATION_ACTIONS = ("status", "pause", "resume", "cutover", "rollback", "finish", "abort")


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError('must be a JSON object such as \'{"lang": "en"}\'')
    return value


def _source(text: str) -> str:
    name = text.strip().strip("/")
    if not name.isprintable() or not 0 < len(name) <= 100 or name in {".", ".."}:
        raise argparse.ArgumentTypeError("must have 1 to 100 printable characters")
    return name


def _collection(parser: Parser) -> None:
    parser.add_argument("-c", "--collection", metavar="NAME", help="`default` if not given")


def _filter(parser: Parser) -> None:
    parser.add_argument("--filter", type=_object, metavar="JSON", help="on the metadata")


def of_search(parser: Parser) -> None:
    parser.add_argument("query")
    _collection(parser)
    _filter(parser)
    parser.add_argument("--mode", choices=["hybrid", "semantic", "text"])
    parser.add_argument("-n", "--limit", type=int, default=10)
    parser.add_argument("--rerank", action="store_true")


def of_similar(parser: Parser) -> None:
    parser.add_argument("id")
    _collection(parser)
    _filter(parser)
    parser.add_argument("-n", "--limit", type=int, default=10)


def of_ask(parser: Parser) -> None:
    parser.add_argument("question")
    _collection(parser)
    _filter(parser)


def of_put(parser: Parser) -> None:
    parser.add_argument("id")
    parser.add_argument("file", nargs="?", default="-", help="its text; `-` is standard input")
    parser.add_argument("--title")
    parser.add_argument("--metadata", type=_object, metavar="JSON")
    _collection(parser)
    parser.add_argument("--wait", action="store_true", help="until it is embedded")


def of_get(parser: Parser) -> None:
    parser.add_argument("id", nargs="+")
    _collection(parser)
    parser.add_argument("--wait", type=float, metavar="SECONDS", help="until it is embedded")


def of_patch(parser: Parser) -> None:
    parser.add_argument("id", nargs="*")
    _collection(parser)
    _filter(parser)
    parser.add_argument(
        "--metadata", type=_object, metavar="JSON", required=True, help="null removes a key"
    )


def of_delete(parser: Parser) -> None:
    parser.add_argument("id", nargs="*")
    _collection(parser)
    _filter(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def of_list(parser: Parser) -> None:
    _collection(parser)
    _filter(parser)
    parser.add_argument("--status", choices=["pending", "ready", "failed"])
    parser.add_argument("-n", "--limit", type=int, help="all if not given")


def of_retry(parser: Parser) -> None:
    parser.add_argument("id", nargs="*", help="all that failed if not given")
    _collection(parser)


def of_import(parser: Parser) -> None:
    parser.add_argument("path", help="a folder, a file, or `-` for JSON from standard input")
    parser.add_argument(
        "--all", action="store_true", help="every collection of a folder of `export --all`"
    )
    parser.add_argument("--source", type=_source, metavar="NAME", help="goes in front of the ids")
    _collection(parser)
    parser.add_argument(
        "--replace", action="store_true", help="files of other sources with the same ids, too"
    )
    parser.add_argument("--wait", action="store_true", help="until all are embedded")
    parser.add_argument(
        "--refused", type=Path, metavar="FILE", help="write all that is refused to a file"
    )


def _place(parser: Parser) -> None:
    parser.add_argument(
        "place",
        help="a folder, the address of a site map or a page, s3://bucket/folder, or "
        "postgresql://host/database",
    )
    parser.add_argument(
        "--source", type=_source, metavar="NAME", help="the name of the place if not given"
    )
    _collection(parser)
    parser.add_argument("--yes", action="store_true", help="remove more than half if it is gone")
    rows = parser.add_argument_group("PostgreSQL", "Each row is a document.")
    rows.add_argument("--table", metavar="NAME", help="all rows of a table")
    rows.add_argument("--query", metavar="SELECT", help="the rows of a query")
    rows.add_argument(
        "--template",
        metavar="TEXT",
        help="the text, with columns in braces: '{name}: {description}'; `{content}` if not given",
    )
    rows.add_argument("--title", metavar="COLUMN", help="`title` if there is one")
    rows.add_argument(
        "--id",
        metavar="COLUMN",
        action="append",
        help="the primary key, or `id`, if not given; several times for several columns",
    )


def of_sync(parser: Parser) -> None:
    _place(parser)
    parser.add_argument("--dry-run", action="store_true", help="show what would be done")
    parser.add_argument(
        "--no-wait",
        dest="wait",
        action="store_false",
        help="do not wait until the server has read the files",
    )


def of_watch(parser: Parser) -> None:
    _place(parser)
    parser.add_argument(
        "--seconds",
        type=float,
        help="between two looks; if not given, 3 for a folder, 60 for a table, 600 for the others",
    )


def of_export(parser: Parser) -> None:
    parser.add_argument("collection", nargs="?", default="default")
    parser.add_argument(
        "--all", action="store_true", help="every collection; the output is a folder"
    )
    parser.add_argument("-o", "--output", type=Path, help="standard output if not given")
    parser.add_argument("--vectors", action="store_true", help="import elsewhere embeds nothing")
    parser.add_argument("--after", metavar="CURSOR", help="continue behind it")


def none(_: Parser) -> None:
    pass


def of_collections(parser: Parser) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        default="list",
        choices=["list", "create", "rename", "describe", "delete"],
    )
    parser.add_argument("name", nargs="?")
    parser.add_argument("value", nargs="?", help="the new name, or the description")
    parser.add_argument("--model")
    parser.add_argument("--language", help="of documents that name none, such as de; '' removes it")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def of_keys(parser: Parser) -> None:
    parser.add_argument(
        "action", nargs="?", default="list", choices=["list", "create", "rotate", "revoke"]
    )
    parser.add_argument("name", nargs="?", help="of the new key, or the id of one")
    parser.add_argument("--actions", default="search,ask", help="such as search,documents.read")
    parser.add_argument("--collections", default="*", help="such as notes-*,wiki")
    parser.add_argument("--tenant")


def of_migrate(parser: Parser) -> None:
    parser.add_argument("collection")
    parser.add_argument("model", nargs="?", help="the new model; without it, the state is shown")
    parser.add_argument("--action", choices=MIGRATION_ACTIONS, default="status")
    parser.add_argument("--cutover", choices=["auto", "manual"])


def of_events(parser: Parser) -> None:
    parser.add_argument("--after", metavar="ID", help="the last event that was seen")
    parser.add_argument("-n", "--limit", type=int, help="end after so many")


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError("must be a number from 1 to 65535")
    return int(text)


def of_up(parser: Parser) -> None:
    parser.add_argument("--port", type=_port, help="of the API; API_PORT or 8000 if not given")
    parser.add_argument("--chat", action="store_true", help="with a small chat model")


def of_a_file(parser: Parser) -> None:
    parser.add_argument("file")


def of_make_key(parser: Parser) -> None:
    parser.add_argument("name", help="what the key is for")
    parser.add_argument("--tenant")
    parser.add_argument("--actions", help="such as search,documents.read; all if not given")
    parser.add_argument("--collections", help="such as notes-*,wiki; all if not given")
