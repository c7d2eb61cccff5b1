"""The service and its sender against a real receiver, on a database of their own."""

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest

from shared.adapters.http import webhook_sender
from shared.adapters.http.webhook_sender import HttpWebhookSender
from shared.db.kit.pool import Connection, Database
from shared.domain.webhooks.addresses import Networks
from shared.ports.meters import WorkerMeter
from shared.services.webhooks import delivery
from shared.services.webhooks.delivery import WebhookDelivery
from tests.support import webhook_receiver as receivers
from tests.support.webhook_receiver import SECRET, Receiver, answer

LOOPBACK = Networks.parse("127.0.0.0/8")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receivers.running() as receiver:
        yield receiver


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.connection() as connection:
        yield connection


@pytest.fixture
def delivering(database: Database) -> WebhookDelivery:
    return WebhookDelivery(database, HttpWebhookSender(LOOPBACK), WorkerMeter())


def hook(connection: Connection, url: str, collection: str = "c") -> None:
    connection.execute(
        "INSERT INTO webhooks (collection, url, secret, xid, seq) VALUES (%s, %s, %s, '0', 0)",
        (collection, url, SECRET),
    )


def happen(connection: Connection, *events: tuple[str, str], collection: str = "c") -> None:
    for id_, status in events:
        connection.execute(
            "INSERT INTO events (collection, id, status, version) VALUES (%s, %s, %s, 1)",
            (collection, id_, status),
        )


def fares(connection: Connection, collection: str = "c") -> dict[str, object]:
    row = connection.execute(
        "SELECT *, next_attempt_at - now() AS wait FROM webhooks WHERE collection = %s",
        (collection,),
    ).fetchone()
    assert row is not None
    return row


def make_due(connection: Connection) -> None:
    connection.execute("UPDATE webhooks SET next_attempt_at = now()")


def test_what_became_of_documents_is_told_in_order_signed_and_once(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    hook(connection, receiver.url)
    happen(connection, ("a", "pending"), ("a", "ready"), ("b", "failed"), ("a", "deleted"))
    happen(connection, ("other", "ready"), collection="another")
    delivering.deliver()
    delivering.deliver()
    (message,) = receiver.messages
    assert receiver.told() == [("a", "ready"), ("b", "failed")]
    assert message.is_signed(SECRET)
    assert not message.is_signed("whsec_" + "A" * 44)
    assert message.path == "/hook"
    assert message.headers["content-type"] == "application/json"
    assert SECRET not in str(message)


def test_a_long_backlog_goes_in_messages_of_a_bounded_size(
    connection: Connection,
    delivering: WebhookDelivery,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "EVENTS_IN_A_MESSAGE", 3)
    hook(connection, receiver.url)
    happen(connection, *[(str(n), "ready") for n in range(7)])
    for _ in range(4):
        delivering.deliver()
    assert [len(message.documents) for message in receiver.messages] == [3, 3, 1]
    assert receiver.told() == [(str(n), "ready") for n in range(7)]


@pytest.mark.parametrize("status", [400, 404, 500, 503, 301])
def test_what_is_not_taken_is_sent_again_later_and_later(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver, status: int
) -> None:
    hook(connection, receiver.url)
    happen(connection, ("a", "ready"))
    receiver.behave = answer(status, Location=receiver.url.replace("hook", "elsewhere"))
    waits = []
    for _ in range(4):
        make_due(connection)
        delivering.deliver()
        waits.append(cast("timedelta", fares(connection)["wait"]))
    delivering.deliver()  # is not due
    assert [message.path for message in receiver.messages] == ["/hook"] * 4
    assert fares(connection)["failures"] == 4
    assert fares(connection)["result"] == f"answered {status}"
    assert waits[-1] > waits[0]
    receiver.behave = answer(200)
    happen(connection, ("b", "ready"))
    make_due(connection)
    delivering.deliver()
    assert receiver.told()[-2:] == [("a", "ready"), ("b", "ready")]
    assert fares(connection)["failures"] == 0


def test_the_same_events_have_the_same_id_however_often_they_are_sent(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    hook(connection, receiver.url)
    happen(connection, ("a", "ready"))
    receiver.behave = answer(500)
    for _ in range(2):
        make_due(connection)
        delivering.deliver()
    first, second = receiver.messages
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_a_receiver_that_is_gone_is_told_no_more(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    hook(connection, receiver.url)
    happen(connection, ("a", "ready"))
    receiver.behave = answer(410)
    for _ in range(2):
        make_due(connection)
        delivering.deliver()
    assert len(receiver.messages) == 1
    assert fares(connection)["paused"] is True


def test_one_that_hangs_holds_up_no_other_for_longer_than_its_time(
    connection: Connection,
    delivering: WebhookDelivery,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_sender, "SEND_SECONDS", 0.5)
    with receivers.running() as quick:
        hook(connection, receiver.url, "slow")
        hook(connection, quick.url, "quick")
        for collection in ("slow", "quick"):
            happen(connection, ("a", "ready"), collection=collection)
        receiver.behave = receiver.hang
        delivering.deliver()
        assert quick.told() == [("a", "ready")]
    assert fares(connection, "slow")["failures"] == 1
    assert "did not answer" in str(fares(connection, "slow")["result"])


def test_no_transaction_is_open_while_a_receiver_is_waited_for(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    hook(connection, receiver.url)
    happen(connection, ("a", "ready"))
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
    delivering.deliver()
    assert receiver.told() == [("a", "ready")]
    assert seen == []


def test_a_deliverer_that_died_is_followed_by_another_when_its_lease_ends(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    hook(connection, receiver.url)
    happen(connection, ("a", "ready"))
    connection.execute(
        "UPDATE webhooks SET lease_token = gen_random_uuid(), lease_until = now() + interval '1 h'"
    )
    delivering.deliver()
    assert receiver.messages == []
    connection.execute("UPDATE webhooks SET lease_until = now() - interval '1 s'")
    delivering.deliver()
    assert receiver.told() == [("a", "ready")]


def test_a_webhook_that_is_changed_meanwhile_hears_it_at_its_new_place(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver
) -> None:
    hook(connection, receiver.url)
    happen(connection, ("a", "ready"))

    def change(handler: receivers.Handler) -> None:
        connection.execute("UPDATE webhooks SET lease_token = NULL, lease_until = NULL")
        answer(500)(handler)

    receiver.behave = change
    delivering.deliver()
    assert fares(connection)["failures"] == 0
    receiver.behave = answer(200)
    delivering.deliver()
    assert receiver.told() == [("a", "ready")] * 2


def test_an_event_of_an_open_transaction_waits_for_its_commit_and_keeps_its_place(
    connection: Connection, delivering: WebhookDelivery, receiver: Receiver, database: Database
) -> None:
    hook(connection, receiver.url)
    with database.transaction() as open_:
        happen(open_, ("early", "ready"))
        happen(connection, ("late", "ready"))
        delivering.deliver()
        assert receiver.messages == []
    delivering.deliver()
    assert receiver.told() == [("early", "ready"), ("late", "ready")]
