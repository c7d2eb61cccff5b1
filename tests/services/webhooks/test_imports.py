"""A webhook is told of the end of an import, after the documents that it waited for."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.schemas.imports import ImportOut
from shared.adapters.http.webhook_sender import HttpWebhookSender
from shared.adapters.sealing import AesSivSealing
from shared.db.documents import imports, read_imports
from shared.db.documents.imports import Received
from shared.db.kit.pool import AsyncConnection, AsyncDatabase, Connection, Database
from shared.db.webhooks import webhooks
from shared.domain.refs import DEFAULT_TENANT
from shared.domain.resilience.retry import RetryPolicy
from shared.domain.webhooks.addresses import Networks
from shared.ports.meters import WorkerMeter
from shared.services.maintenance.repairs import Repairs
from shared.services.webhooks.delivery import WebhookDelivery
from tests.support.collections import named
from tests.support.databases import wait_until_settled
from tests.support.webhook_receiver import SECRET, Receiver, answer

pytestmark = pytest.mark.anyio


class Importing:
    """Imports by their statements, and delivers what is due."""

    def __init__(self, database: Database, connection: AsyncConnection) -> None:
        self._connection = connection
        self._database = database
        sender = HttpWebhookSender(Networks.parse("127.0.0.0/8"))
        self._delivery = WebhookDelivery(database, sender, WorkerMeter(), AesSivSealing)

    async def tell(self, url: str, collection: str = "c") -> None:
        """Tell a URL of all that comes from now on, and of nothing earlier."""
        with self._database.connection() as connection:
            wait_until_settled(connection)
        wanted = webhooks.WebhookPut(named(collection), url, SECRET, SECRET)
        await webhooks.put(self._connection, wanted, 10)

    async def request(self, *collections: str, id_: UUID | None = None) -> UUID:
        """Make a request of an import, which then owes nothing."""
        id_ = id_ or uuid4()
        key = await imports.begin(self._connection, DEFAULT_TENANT, id_)
        received = Received(accepted=2, bytes=70, collections={named(each) for each in collections})
        await imports.end(self._connection, key, received, broke_off=False, quiet_seconds=0)
        return id_

    def deliver(self) -> None:
        with self._database.connection() as connection:
            wait_until_settled(connection)
        self._delivery.deliver()
        self._delivery.finish()


@pytest.fixture
async def importing(database: Database, async_database: AsyncDatabase) -> Any:  # noqa: ANN401
    async with async_database.connection() as connection:
        yield Importing(database, connection)


def told(receiver: Receiver) -> list[str]:
    """Return the ids of the documents and imports of which it was told."""
    ids = []
    for message in receiver.messages:
        ended = json.loads(message.body)["data"].get("import")
        ids += [ended["id"]] if ended else [each["id"] for each in message.documents]
    return ids


def add_event(connection: Connection, id_: str) -> None:
    connection.execute(
        "INSERT INTO events (collection, id, status, version) VALUES ('c', %s, 'ready', 1)", (id_,)
    )


async def test_an_end_has_a_signed_message_of_its_own_in_the_order_of_events(
    connection: Connection, importing: Importing, receiver: Receiver
) -> None:
    await importing.request("c")
    await importing.tell(receiver.url)
    add_event(connection, "before")
    id_ = await importing.request("c")
    add_event(connection, "after")
    for _ in range(4):
        importing.deliver()
    assert told(receiver) == ["before", str(id_), "after"]
    assert all(message.is_signed(SECRET) for message in receiver.messages)
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == 3


async def test_the_message_has_the_fields_of_the_import(
    async_database: AsyncDatabase, importing: Importing, receiver: Receiver
) -> None:
    await importing.tell(receiver.url)
    id_ = await importing.request("c")
    importing.deliver()
    body = json.loads(receiver.messages[0].body)
    async with async_database.connection() as connection:
        ended = ImportOut.model_validate(await read_imports.read(connection, DEFAULT_TENANT, id_))
    assert ImportOut.model_validate(body["data"]["import"]) == ended
    assert body["data"]["import"].keys() == ImportOut.model_fields.keys()
    assert body["type"] == "import.ended"
    assert body["timestamp"] == body["data"]["import"]["ended_at"]
    assert body["data"]["collection"] == "c"
    assert body["data"]["event_id"]


async def test_a_failed_message_waits_and_is_repeated(
    connection: Connection, importing: Importing, receiver: Receiver
) -> None:
    await importing.tell(receiver.url)
    id_ = await importing.request("c")
    receiver.behave = answer(500)
    for _ in range(2):
        importing.deliver()
    found = connection.execute("SELECT failures, result FROM webhooks").fetchone()
    assert found == {"failures": 1, "result": "answered 500"}
    receiver.behave = answer(204)
    connection.execute("UPDATE webhooks SET next_attempt_at = now()")
    for _ in range(2):
        importing.deliver()
    assert told(receiver) == [str(id_)] * 2
    first, second = receiver.messages
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_one_that_is_resumed_is_told_when_it_ends_again(
    async_database: AsyncDatabase, importing: Importing, receiver: Receiver
) -> None:
    await importing.tell(receiver.url)
    id_ = await importing.request("c")
    async with async_database.connection() as connection:
        key = await imports.begin(connection, DEFAULT_TENANT, id_)
        importing.deliver()
        assert receiver.messages == []
        await imports.end(connection, key, Received(), broke_off=False, quiet_seconds=0)
    importing.deliver()
    await importing.request("c", id_=id_)
    importing.deliver()
    assert told(receiver) == [str(id_)] * 2


async def test_an_import_that_a_worker_ends_is_told(
    connection: Connection,
    importing: Importing,
    receiver: Receiver,
    async_database: AsyncDatabase,
) -> None:
    await importing.tell(receiver.url)
    async with async_database.connection() as other:
        key = await imports.begin(other, DEFAULT_TENANT, uuid4())
        await imports.record(other, key, Received(collections={named("c")}))
    connection.execute("UPDATE imports SET receiving_until = now() - interval '1 second'")
    imports.settle(connection)
    importing.deliver()
    (message,) = receiver.messages
    assert json.loads(message.body)["data"]["import"]["state"] == "stopped"


async def test_an_import_into_several_collections_is_told_to_none(
    async_database: AsyncDatabase, importing: Importing, receiver: Receiver
) -> None:
    await importing.tell(receiver.url)
    await importing.tell(receiver.url, "d")
    await importing.request("c", "d")
    await importing.request()
    importing.deliver()
    assert receiver.messages == []
    await importing.request("d")
    async with async_database.connection() as connection:
        waiting = [each.waiting for each in await webhooks.every(connection, DEFAULT_TENANT)]
    assert waiting == [0, 1]


async def test_what_was_not_told_is_told_after_a_restore_into_another_cluster(
    connection: Connection, database: Database, importing: Importing, receiver: Receiver
) -> None:
    await importing.tell(receiver.url)
    await importing.request("c")
    importing.deliver()
    unsent = await importing.request("c")
    for table, column in (("imports", "ended_xid"), ("webhooks", "xid")):
        connection.execute(
            f"UPDATE {table} SET {column} = ({column}::text::bigint + 10000000)::text::xid8"
        )
    importing.deliver()
    assert len(receiver.messages) == 1
    Repairs(database, RetryPolicy(5, 1.0, 60.0), 6.0).repair()
    for _ in range(3):
        importing.deliver()
    assert told(receiver)[1:] == [str(unsent)]
