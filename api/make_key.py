"""Makes a key, on the machine of the API: `python -m api.make_key NAME`. The API need not run.

The first key is an operator's, so that there is one.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from shared.config import Settings, get_settings
from shared.db.access import keys
from shared.db.kit.pool import EVERY_TENANT, AsyncDatabase
from shared.domain.access.keys import Key
from shared.domain.access.principal import OPEN, Action, Principal
from shared.domain.access.records import StoredKey
from shared.domain.access.scopes import ANY, KeyScope
from shared.domain.access_errors import LastOperatorKey
from shared.domain.errors import InkdexError
from shared.domain.refs import DEFAULT_TENANT
from shared.services.access.key_service import KeyService, NewKey

MAKER = Principal(DEFAULT_TENANT, "make key", OPEN.grants)
"""Who may run a command on the server may do everything."""
FIRST = "The first key must be an operator's. Leave ACTIONS out, or add operator to them."


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        stored, made = asyncio.run(_make(get_settings(), options))
    except LastOperatorKey:
        return _fail(FIRST)
    except InkdexError as error:
        return _fail(str(error))
    _say(f"{made.text}\n")
    _say(f"This is the key {stored.name} of the tenant {stored.tenant}. It is not shown again.")
    for scope in stored.scopes:
        _say(f"It allows {', '.join(scope.actions)} in {', '.join(scope.collections)}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make key NAME=", description=__doc__)
    parser.add_argument("name", help="what the key is for")
    parser.add_argument("--tenant", default=DEFAULT_TENANT.name)
    parser.add_argument("--actions", help=f"separated by commas: {', '.join([ANY, *Action])}")
    parser.add_argument("--collections", default=ANY, help="patterns, separated by commas")
    return parser


async def _make(settings: Settings, options: argparse.Namespace) -> tuple[StoredKey, Key]:
    database = AsyncDatabase(settings)
    await database.open()
    try:
        actions = _listed(options.actions or "") or await _defaults(database, options.tenant)
        scope = KeyScope(tuple(actions), tuple(_listed(options.collections)))
        service = KeyService(database, has_admin_key=bool(settings.admin_key.get_secret_value()))
        new = NewKey(options.name, (scope,), tenant=options.tenant)
        return await service.create(MAKER, new)
    finally:
        await database.close()


async def _defaults(database: AsyncDatabase, tenant: str) -> list[str]:
    """Return all actions, and for the first key those of an operator too."""
    async with database.fenced(EVERY_TENANT) as connection:
        needs_operator = not await keys.operator_exists(connection)
    return [ANY, Action.OPERATOR] if needs_operator and tenant == MAKER.tenant.name else [ANY]


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _fail(text: str) -> int:
    sys.stderr.write(f"Error: {text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
