"""The delivery service with its HTTP sender, a real receiver and a database."""

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

import pytest

from shared.adapters.http import webhook_sender
from shared.adapters.http.webhook_sender import HttpWebhookSender
from shared.adapters.sealing import AesSivSealing
from shared.db.kit.pool import Connection, Database
from shared.domain.webhooks.addresses import Networks
from shared.ports.meters import WorkerMeter
from shared.services.webhooks import delivery
from shared.services.webhooks.delivery import WebhookDelivery
from tests.support import webhook_receiver as receivers
from tests.support.databases import wait_until_settled
from tests.support.processes import eventually
from tests.support.webhook_receiver import SECRET, Receiver, answer

LOOPBACK = Networks.parse("127.0.0.0/8")


@pytest.fixture
def delivering(database: Database) -> WebhookDelivery:
    return WebhookDelivery(database, HttpWebhookSender(LOOPBACK), WorkerMeter(), AesSivSealing)


def add_webhook(connection: Connection, url: str, collection: str = "c") -> None:
    connection.execute(
        "INSERT INTO webhooks (collection, url, secret, xid, seq) VALUES (%s, %s, %s, '0', 0)",
        (collection, url, SECRET),
    )


def add_events(connection: Connection, *events: tuple[str, str], collection: str = "c") -> None:
    """Add events that may be told."""
    insert_events(connection, *events, collection=collection)
    wait_until_settled(connection)


def insert_events(connection: Connection, *events: tuple[str, str], collection: str = "c") -> None:
    for id_, status in events:
        connection.execute(
            "INSERT INTO events (collection, id, status, version) VALUES (%s, %s, %s, 1)",
            (collection, id_, status),
        )


def webhook_row(connection: Connection, collection: str = "c") -> dict[str, object]:
    row = connection.execute(
        "SELECT *, next_attempt_at - now() AS wait FROM webhooks WHERE collection = %s",
        (collection,),
    ).fetchone()
    assert row is not None
    return row


def deliver(delivering: WebhookDelivery) -> None:
    """Deliver to the due webhooks, and raise an error of a delivery."""
    delivering.deliver()
    delivering.finish()
    delivering.deliver()


def make_due(connection: Connection) -> None:
    connection.execute("UPDATE webhooks SET next_attempt_at = now()")


def test_events_are_delivered_in_order_signed_and_once(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    add_webhook(connection, receiver.url)
    add_events(connection, ("a", "pending"), ("a", "ready"), ("b", "failed"), ("a", "deleted"))
    add_events(connection, ("other", "ready"), collection="another")
    deliver(delivering)
    deliver(delivering)
    (message,) = receiver.messages
    assert receiver.received() == [("a", "ready"), ("b", "failed")]
    assert message.is_signed(SECRET)
    assert not message.is_signed("whsec_" + "A" * 44)
    assert message.path == "/hook"
    assert message.headers["content-type"] == "application/json"
    assert SECRET not in str(message)


def test_a_long_backlog_is_sent_in_messages_of_bounded_size(
    connection: Connection,
    delivering: WebhookDelivery,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "EVENTS_IN_A_MESSAGE", 3)
    add_webhook(connection, receiver.url)
    add_events(connection, *[(str(n), "ready") for n in range(7)])
    for _ in range(4):
        deliver(delivering)
    assert [len(message.documents) for message in receiver.messages] == [3, 3, 1]
    assert receiver.received() == [(str(n), "ready") for n in range(7)]


@pytest.mark.parametrize("status", [400, 404, 500, 503, 301])
def test_a_failed_delivery_is_repeated_with_growing_delays(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver, status: int
) -> None:
    add_webhook(connection, receiver.url)
    add_events(connection, ("a", "ready"))
    receiver.behave = answer(status, Location=receiver.url.replace("hook", "elsewhere"))
    waits = []
    for _ in range(4):
        make_due(connection)
        deliver(delivering)
        waits.append(cast("timedelta", webhook_row(connection)["wait"]))
    deliver(delivering)  # not due yet
    assert [message.path for message in receiver.messages] == ["/hook"] * 4
    assert webhook_row(connection)["failures"] == 4
    assert webhook_row(connection)["result"] == f"answered {status}"
    assert waits[-1] > waits[0]
    receiver.behave = answer(200)
    add_events(connection, ("b", "ready"))
    make_due(connection)
    deliver(delivering)
    assert receiver.received()[-2:] == [("a", "ready"), ("b", "ready")]
    assert webhook_row(connection)["failures"] == 0


def test_the_same_events_always_have_the_same_message_id(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    add_webhook(connection, receiver.url)
    add_events(connection, ("a", "ready"))
    receiver.behave = answer(500)
    for _ in range(2):
        make_due(connection)
        deliver(delivering)
    first, second = receiver.messages
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_a_receiver_that_is_gone_receives_no_more(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    add_webhook(connection, receiver.url)
    add_events(connection, ("a", "ready"))
    receiver.behave = answer(410)
    for _ in range(2):
        make_due(connection)
        deliver(delivering)
    assert len(receiver.messages) == 1
    assert webhook_row(connection)["paused"] is True


def test_receivers_that_hang_do_not_delay_a_quick_one(
    connection: Connection,
    delivering: WebhookDelivery,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "AT_ONCE", 4)
    monkeypatch.setattr(delivery, "NOT_QUICK_AT_ONCE", 2)
    receiver.behave = receiver.hang
    with receivers.running() as quick:
        add_webhook(connection, quick.url, "quick")
        add_events(connection, ("a", "ready"), collection="quick")
        deliver(delivering)
        for n in range(8):
            add_webhook(connection, receiver.url, f"slow{n}")
            add_events(connection, ("a", "ready"), collection=f"slow{n}")
        delivering.deliver()
        add_events(connection, ("b", "ready"), collection="quick")
        delivering.deliver()
        eventually(lambda: len(quick.messages) == 2, "the quick receiver got its message")
        leased = connection.execute("SELECT FROM webhooks WHERE lease_until > now()").rowcount
        assert leased in {2, 3}
        receiver.released.set()
        delivering.finish()


def test_a_receiver_that_does_not_answer_fails(
    connection: Connection,
    delivering: WebhookDelivery,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_sender, "SEND_SECONDS", 0.5)
    add_webhook(connection, receiver.url)
    add_events(connection, ("a", "ready"))
    receiver.behave = receiver.hang
    deliver(delivering)
    assert webhook_row(connection)["failures"] == 1
    assert "did not answer" in str(webhook_row(connection)["result"])


def test_an_error_of_one_delivery_is_raised_and_stops_no_other(
    connection: Connection, database: Database, receiver: Receiver
) -> None:
    class FailingSender(HttpWebhookSender):
        def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
            if "broken" in url:
                raise RuntimeError("an unexpected error")
            return super().send(url, headers, body)

    for collection, url in (("first", "http://broken/"), ("second", receiver.url)):
        add_webhook(connection, url, collection)
        add_events(connection, ("a", "ready"), collection=collection)
    with pytest.raises(RuntimeError, match="an unexpected error"):
        deliver(WebhookDelivery(database, FailingSender(LOOPBACK), WorkerMeter(), AesSivSealing))
    assert receiver.received() == [("a", "ready")]
    assert webhook_row(connection, "second")["failures"] == 0
    assert webhook_row(connection, "second")["result"] == "answered 204"


def test_no_transaction_is_open_during_a_request(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    add_webhook(connection, receiver.url)
    add_events(connection, ("a", "ready"))
    seen: list[object] = []

    def look(handler: receivers.Handler) -> None:
        seen.extend(
            connection.execute(
                "SELECT state, query FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state LIKE '%in transaction%'"
            ).fetchall()
        )
        seen.extend(connection.execute("SELECT * FROM webhooks FOR UPDATE NOWAIT").fetchall()[1:])
        answer(200)(handler)

    receiver.behave = look
    deliver(delivering)
    assert receiver.received() == [("a", "ready")]
    assert seen == []


def test_another_worker_delivers_after_a_lease_expires(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    add_webhook(connection, receiver.url)
    add_events(connection, ("a", "ready"))
    connection.execute(
        "UPDATE webhooks SET lease_token = gen_random_uuid(), lease_until = now() + interval '1 h'"
    )
    deliver(delivering)
    assert receiver.messages == []
    connection.execute("UPDATE webhooks SET lease_until = now() - interval '1 s'")
    deliver(delivering)
    assert receiver.received() == [("a", "ready")]


def test_a_webhook_that_changes_during_a_delivery_gets_the_events_again(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    add_webhook(connection, receiver.url)
    add_events(connection, ("a", "ready"))

    def change(handler: receivers.Handler) -> None:
        connection.execute("UPDATE webhooks SET lease_token = NULL, lease_until = NULL")
        answer(500)(handler)

    receiver.behave = change
    deliver(delivering)
    assert webhook_row(connection)["failures"] == 0
    receiver.behave = answer(200)
    deliver(delivering)
    assert receiver.received() == [("a", "ready")] * 2


def test_an_event_of_an_open_transaction_is_delivered_in_order_after_its_commit(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver, database: Database
) -> None:
    add_webhook(connection, receiver.url)
    with database.transaction() as open_:
        insert_events(open_, ("early", "ready"))
        insert_events(connection, ("late", "ready"))
        deliver(delivering)
        assert receiver.messages == []
    wait_until_settled(connection)
    deliver(delivering)
    assert receiver.received() == [("early", "ready"), ("late", "ready")]
