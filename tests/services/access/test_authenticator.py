"""What a request costs the database, whoever sends it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from shared.db.access import keys
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.domain.access.keys import Key, new_key
from shared.domain.access.open_networks import OpenNetworks
from shared.domain.access.principal import OPEN
from shared.domain.access.records import CheckedKey
from shared.domain.access.scopes import KeyScope
from shared.domain.access.tokens import make_token
from shared.domain.access_errors import KeyInvalid, TokenInvalid
from shared.services.access import key_lookup
from shared.services.access.authenticator import Authenticator, Credentials
from shared.services.access.key_service import KeyService, NewKey
from shared.services.access.key_uses import KeyUses

pytestmark = pytest.mark.anyio


@dataclass
class Reads:
    """The ids of each statement that read keys."""

    statements: list[Sequence[str]] = field(default_factory=list)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    counted, check = Reads(), keys.check

    async def counting(connection: AsyncConnection, ids: Sequence[str]) -> list[CheckedKey]:
        counted.statements.append(ids)
        return await check(connection, ids)

    monkeypatch.setattr(keys, "check", counting)
    return counted


@pytest.fixture
def authenticator(async_database: AsyncDatabase) -> Authenticator:
    networks = OpenNetworks.parse("127.0.0.0/8")
    return Authenticator(async_database, "", networks, KeyUses(async_database))


@pytest.fixture
async def made(async_database: AsyncDatabase) -> Key:
    scopes = (KeyScope(("operator", "*")),)
    service = KeyService(async_database, has_admin_key=False)
    _, key = await service.create(OPEN, NewKey("a", scopes))
    return key


def given(secret: str) -> Credentials:
    return Credentials(secret, ("192.0.2.1",))


async def test_a_key_in_use_is_read_a_few_times_a_second(
    authenticator: Authenticator, made: Key, reads: Reads
) -> None:
    await asyncio.gather(*(authenticator.principal(given(made.text)) for _ in range(500)))
    assert len(reads.statements) <= 2
    for _ in range(500):
        await authenticator.principal(given(made.text))
    assert len(reads.statements) <= 6


async def test_whatever_does_not_fit_costs_one_read(
    authenticator: Authenticator, made: Key, reads: Reads
) -> None:
    await authenticator.principal(given(made.text))
    stranger = new_key()
    for secret in (
        new_key(made.id).text,
        stranger.text,
        stranger.text,
        make_token(new_key(made.id).text),
        make_token(stranger.text),
    ):
        reads.statements.clear()
        with pytest.raises((KeyInvalid, TokenInvalid)):
            await authenticator.principal(given(secret))
        assert len(reads.statements) == 1


async def test_a_flood_of_invented_keys_uses_one_connection_and_is_forgotten(
    authenticator: Authenticator, made: Key, reads: Reads
) -> None:
    async def try_one() -> None:
        with pytest.raises(KeyInvalid):
            await authenticator.principal(given(new_key().text))

    await authenticator.principal(given(made.text))
    reads.statements.clear()
    await asyncio.gather(*(try_one() for _ in range(1200)))
    assert max(map(len, reads.statements)) <= key_lookup.BATCH
    assert len(reads.statements) < 20
    assert len(authenticator._lookup._kept) == 1


async def test_a_malformed_key_costs_no_read(
    authenticator: Authenticator, made: Key, reads: Reads
) -> None:
    with pytest.raises(KeyInvalid):
        await authenticator.principal(given(made.text[:-1]))
    assert reads.statements == []


async def test_a_rotated_secret_is_accepted_at_once(
    authenticator: Authenticator, async_database: AsyncDatabase, made: Key
) -> None:
    await authenticator.principal(given(made.text))
    service = KeyService(async_database, has_admin_key=False)
    _, rotated = await service.rotate(OPEN, made.id, 0)
    assert (await authenticator.principal(given(rotated.text))).key == made.id


async def test_an_outage_opens_nothing_that_was_closed(
    authenticator: Authenticator, made: Key
) -> None:
    here = Credentials(None, ("127.0.0.1",))
    assert authenticator.last_known(here) == OPEN  # nothing is known of any tenant yet
    principal = await authenticator.principal(given(made.text))
    assert authenticator.last_known(here) is None
    assert authenticator.last_known(given(made.text)) == principal
    assert authenticator.last_known(given(new_key(made.id).text)) is None
    assert authenticator.last_known(given(new_key().text)) is None
