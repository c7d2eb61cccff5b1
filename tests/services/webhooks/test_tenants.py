"""Webhooks of several tenants: fair turns, and messages that tell nothing of other tenants."""

import json

from shared.adapters.http.webhook_sender import HttpWebhookSender
from shared.adapters.sealing import AesSivSealing
from shared.db.kit import server_secrets
from shared.db.kit.pool import Connection, Database
from shared.db.webhooks import deliveries
from shared.domain.events.event import Position
from shared.domain.refs import Collection, Tenant
from shared.domain.webhooks.addresses import Networks
from shared.domain.webhooks.delivery import Slots
from shared.ports.meters import WorkerMeter
from shared.ports.sealing import Sealed
from shared.services.webhooks.delivery import WebhookDelivery
from tests.support.databases import wait_until_settled
from tests.support.webhook_receiver import SECRET, Receiver

MINE, NOISY = Tenant("mine"), Tenant("noisy")


def add_due(connection: Connection, collection: Collection, url: str = "http://x/") -> None:
    """Add a webhook that has an event, and no answer yet."""
    connection.execute(
        "INSERT INTO webhooks (collection, url, secret, xid, seq) VALUES (%s, %s, %s, '0', 0)",
        (collection, url, SECRET),
    )
    connection.execute(
        "INSERT INTO events (collection, id, status, version) VALUES (%s, 'a', 'ready', 1)",
        (collection,),
    )
    wait_until_settled(connection)


def claimed(connection: Connection, slots: Slots) -> list[str]:
    return sorted(each.collection.tenant.name for each in deliveries.claim(connection, slots, 30))


def test_the_tenant_with_the_fewest_deliveries_is_next(connection: Connection) -> None:
    for number in range(10):
        add_due(connection, Collection(NOISY, str(number)))
    assert claimed(connection, Slots(4, 4, 100)) == ["noisy"] * 4
    for number in range(3):
        add_due(connection, Collection(MINE, str(number)))
    assert claimed(connection, Slots(4, 4, 100)) == ["mine"] * 3 + ["noisy"]


def test_slow_receivers_of_a_tenant_leave_slots_to_others(connection: Connection) -> None:
    for number in range(10):
        add_due(connection, Collection(NOISY, str(number)))
    assert claimed(connection, Slots(8, 8, 3)) == ["noisy"] * 3
    assert claimed(connection, Slots(5, 5, 3)) == []
    add_due(connection, Collection(MINE, "c"))
    assert claimed(connection, Slots(5, 5, 3)) == ["mine"]


def test_a_message_has_the_plain_name_and_sealed_ids(
    database: Database, connection: Connection, receiver: Receiver
) -> None:
    add_due(connection, Collection(MINE, "notes"), receiver.url)
    sender = HttpWebhookSender(Networks.parse("127.0.0.0/8"))
    delivery = WebhookDelivery(database, sender, WorkerMeter(), AesSivSealing)
    delivery.deliver()
    delivery.finish()
    (message,) = receiver.messages
    body = json.loads(message.body)
    assert body["data"]["collection"] == "notes"
    sealing = AesSivSealing(server_secrets.read_in_worker(connection, server_secrets.SEALING).value)
    packed = sealing.open(Sealed.EVENT, MINE, body["data"]["documents"][0]["event_id"])
    row = connection.execute("SELECT xid::text AS xid, seq FROM events").fetchone()
    assert row is not None
    assert packed is not None
    assert Position.of_packed(packed) == Position(int(row["xid"]), row["seq"])
    assert sealing.open(Sealed.MESSAGE, MINE, message.headers["webhook-id"]) == 2 * packed
