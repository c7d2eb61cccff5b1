"""`inkdex status`, `collections`, `keys`, `migrate` and `events`."""

import argparse
import sys
from itertools import islice

from inkdex.client import Inkdex
from inkdex.commands.output import agreed, connect, one_line, say, say_json, table
from inkdex.errors import InkdexError
from inkdex.models.collections import Collection, Migration


def run(options: argparse.Namespace) -> int:
    """Run one of the commands."""
    commands = {
        "status": _status,
        "collections": _collections,
        "keys": _keys,
        "migrate": _migrate,
        "events": _events,
    }
    with connect(options) as inkdex:
        return commands[options.command](inkdex, options)


def _status(inkdex: Inkdex, options: argparse.Namespace) -> int:
    ready, stats = inkdex.ready(), inkdex.stats()
    if options.json:
        say_json({"ready": ready, "stats": stats})
        return int(not ready.ready)
    parts = ("postgres", "redis", "ollama", "worker")
    rows = [(name, getattr(ready, name).state, getattr(ready, name).detail) for name in parts]
    rows += [("documents", str(count), status) for status, count in stats.documents.items()]
    if stats.paused_reason:
        rows.append(("workers", "paused", stats.paused_reason))
    table(("PART", "STATE", "DETAIL"), rows)
    return int(not ready.ready)


def _collections(inkdex: Inkdex, options: argparse.Namespace) -> int:
    if options.action == "list":
        found = list(inkdex.collections.list())
        if options.json:
            say_json(found)
        else:
            table(("NAME", "MODEL", "LANGUAGE", "DESCRIPTION"), map(_collection_row, found))
        return 0
    if not options.name:
        raise ValueError("Give the name of the collection.")
    return _change_collection(inkdex, options)


def _change_collection(inkdex: Inkdex, options: argparse.Namespace) -> int:
    name, value = options.name, options.value
    if options.action == "delete":
        if not agreed(f"Delete the collection {one_line(name)} with everything in it?", options):
            return 1
        inkdex.collections.delete(name)
        say_json({"deleted": name}) if options.json else say("deleted")
        return 0
    if options.action == "rename" and not value:
        raise ValueError("Give the new name.")
    match options.action:
        case "create":
            changed = inkdex.collections.create(
                name, description=value, model=options.model, language=options.language or None
            )
        case "rename":
            changed = inkdex.collections.rename(name, value)
        case _:
            changed = inkdex.collections.describe(name, **_said(options))
    say_json(changed) if options.json else say(one_line(changed.name))
    return 0


def _said(options: argparse.Namespace) -> dict[str, str | None]:
    """Return what `describe` changes. Without a value, only the language if there is one."""
    if options.language is None:
        return {"description": options.value}
    language = {"language": options.language or None}
    return language | {"description": options.value} if options.value else language


def _collection_row(each: Collection) -> tuple[object, ...]:
    return (each.name, each.model and each.model.name, each.language, each.description)


def _keys(inkdex: Inkdex, options: argparse.Namespace) -> int:
    if options.action == "list":
        keys = list(inkdex.keys.list(tenant=options.tenant))
        if options.json:
            say_json(keys)
        else:
            header = ("ID", "NAME", "TENANT", "ACTIONS", "LAST USED", "REVOKED")
            table(
                header,
                [
                    (
                        *(each.id, each.name, each.tenant),
                        ",".join(a for scope in each.scopes for a in scope.actions),
                        *(each.last_used_at, each.revoked_at),
                    )
                    for each in keys
                ],
            )
        return 0
    if not options.name:
        raise ValueError("Give the name of the new key, or the id of one.")
    return _change_key(inkdex, options)


def _change_key(inkdex: Inkdex, options: argparse.Namespace) -> int:
    if options.action == "revoke":
        inkdex.keys.revoke(options.name)
        say_json({"revoked": options.name}) if options.json else say("revoked")
        return 0
    if options.action == "rotate":
        made = inkdex.keys.rotate(options.name)
    else:
        scope = {
            "actions": options.actions.split(","),
            "collections": options.collections.split(","),
        }
        made = inkdex.keys.create(options.name, [scope], tenant=options.tenant)
    say_json(made) if options.json else say(made.key)
    return 0


def _migrate(inkdex: Inkdex, options: argparse.Namespace) -> int:
    if options.model:
        found = inkdex.migrations.start(options.collection, options.model, cutover=options.cutover)
        _show_migrations(options, [found])
        return 0
    migrations = inkdex.migrations.list(options.collection).items
    if options.action != "status":
        if not migrations:
            raise InkdexError("The collection has no migration.")
        migrations = [inkdex.migrations.act(options.collection, migrations[0].id, options.action)]
    _show_migrations(options, migrations)
    return 0


def _show_migrations(options: argparse.Namespace, migrations: list[Migration]) -> None:
    if options.json:
        say_json(migrations)
        return
    table(
        ("ID", "STATE", "FROM", "TO", "DETAIL"),
        [
            (each.id, each.state, each.from_model.name, each.to_model.name, each.detail)
            for each in migrations
        ],
    )


def _events(inkdex: Inkdex, options: argparse.Namespace) -> int:
    for event in islice(inkdex.events(options.after), options.limit):
        if options.json:
            say_json({"event": event.kind, "event_id": event.event_id, **event.data})
        else:
            values = (f"{name}={one_line(value)}" for name, value in event.data.items())
            say(f"{event.kind} {' '.join(values)}")
        sys.stdout.flush()
    return 0
