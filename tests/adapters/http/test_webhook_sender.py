import socket
import time
from collections.abc import Iterator

import pytest

from shared.adapters.http import webhook_sender
from shared.adapters.http.webhook_sender import HttpWebhookSender
from shared.domain.errors import WebhookRefused
from shared.domain.webhooks.addresses import NO_PERMITTED_ADDRESS, Networks
from tests.support import webhook_receiver as receivers
from tests.support.webhook_receiver import Receiver

LOOPBACK = Networks.parse("127.0.0.0/8")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receivers.running() as receiver:
        yield receiver


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://localhost:9/",
        "http://[::1]:9/",
        "http://0x7f.1:9/",
        "http://2130706433:9/",
        "http://does-not-exist.invalid/",
    ],
)
def test_refused_addresses_and_unknown_names_get_one_answer(url: str) -> None:
    with pytest.raises(WebhookRefused) as caught:
        HttpWebhookSender(Networks()).send(url, {}, b"")
    assert str(caught.value) == NO_PERMITTED_ADDRESS
    assert "INKDEX_WEBHOOK_ALLOWED_NETWORKS" in str(caught.value)


def test_the_body_of_an_answer_is_not_read(receiver: Receiver) -> None:
    """An endless answer is judged by its status alone."""

    def endless(handler: receivers.Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while not receiver.released.is_set():
                handler.wfile.write(b"x" * 65536)
        except OSError:
            handler.close_connection = True

    receiver.behave = endless
    assert HttpWebhookSender(LOOPBACK).send(receiver.url, {}, b"{}") == 200


def test_the_host_header_holds_the_name(receiver: Receiver) -> None:
    url = receiver.url.replace("127.0.0.1", "localhost")
    assert HttpWebhookSender(LOOPBACK).send(url, {}, b"{}") == 204
    assert receiver.messages[0].headers["host"] == url.split("/")[2]


def test_a_lookup_that_hangs_does_not_exceed_the_limit(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "LOOKUP_SECONDS", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: receiver.released.wait(10))
    started = time.monotonic()
    with pytest.raises(WebhookRefused, match="has no address"):
        HttpWebhookSender(LOOPBACK).send(receiver.url, {}, b"{}")
    assert time.monotonic() - started < 3


def test_headers_that_trickle_do_not_exceed_the_limit(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trickle(handler: receivers.Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while not receiver.released.wait(0.05):
                handler.wfile.write(b"X-More: x\r\n")
        except OSError:
            handler.close_connection = True

    monkeypatch.setattr(webhook_sender, "SEND_SECONDS", 0.5)
    receiver.behave = trickle
    started = time.monotonic()
    with pytest.raises(WebhookRefused, match="did not answer"):
        HttpWebhookSender(LOOPBACK).send(receiver.url, {}, b"{}")
    assert time.monotonic() - started < 3
