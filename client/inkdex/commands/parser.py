"""The commands. It imports nothing heavy, so that --help is fast."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from inkdex.commands import arguments


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its help, the module that runs it, and its arguments."""

    help: str
    module: str
    add_arguments: Callable[[argparse.ArgumentParser], None]


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="inkdex",
        description="Search, ask and fill an Inkdex.",
        epilog="INKDEX_URL and INKDEX_API_KEY are the defaults of --url and --key. Exit status: "
        "0 done, 1 refused, 2 wrong usage, 3 the server does not answer.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in {**COMMANDS, **OF_THE_STACK}.items():
        added = commands.add_parser(name, help=command.help, description=command.help)
        added.set_defaults(module=command.module)
        command.add_arguments(added)
        if name in COMMANDS:
            _server(added)
    return parser


def _server(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("server")
    group.add_argument("--url", help="its address; http://127.0.0.1:8000 if nothing names one")
    group.add_argument("--key", help="the key, or a token")
    group.add_argument("--json", action="store_true", help="print JSON, for programs")


COMMANDS = {
    "search": Command("Find documents.", "searching", arguments.of_search),
    "similar": Command("Find documents similar to one.", "searching", arguments.of_similar),
    "ask": Command("Answer a question from the documents.", "asking", arguments.of_ask),
    "put": Command("Create or replace a document.", "documents", arguments.of_put),
    "get": Command("Print documents.", "documents", arguments.of_get),
    "patch": Command("Change metadata, by id or by a filter.", "documents", arguments.of_patch),
    "delete": Command("Delete documents, by id or by a filter.", "documents", arguments.of_delete),
    "list": Command("List documents.", "documents", arguments.of_list),
    "retry": Command("Make failed documents pending again.", "documents", arguments.of_retry),
    "import": Command("Import a file or a folder.", "importing", arguments.of_import),
    "sync": Command(
        "Make a source what a folder, a site, a bucket or a table has.",
        "syncing",
        arguments.of_sync,
    ),
    "watch": Command("Sync again and again.", "syncing", arguments.of_watch),
    "export": Command(
        "Write a collection as lines of JSON, for import.", "exporting", arguments.of_export
    ),
    "status": Command("Show what the server does.", "server", arguments.none),
    "collections": Command("List and change collections.", "server", arguments.of_collections),
    "keys": Command("List, make and revoke keys.", "server", arguments.of_keys),
    "migrate": Command("Change the model of a collection.", "server", arguments.of_migrate),
    "events": Command("Follow the changes.", "server", arguments.of_events),
    "mcp": Command("Serve an agent over standard input and output.", "mcp", arguments.none),
}
"""The commands that speak to a server."""

OF_THE_STACK = {
    "up": Command("Run a whole Inkdex on this machine, until Ctrl-C.", "stack", arguments.of_up),
    "backup": Command("Copy the database of `up` to a file.", "stack", arguments.of_a_file),
    "restore": Command(
        "Create an empty INKDEX_DATA_DIR from such a file.", "stack", arguments.of_a_file
    ),
    "make-key": Command("Make a key for the Inkdex of `up`.", "stack", arguments.of_make_key),
}
"""The commands that run the package inkdex-server."""
