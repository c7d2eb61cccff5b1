"""Many clients at one chat model: places, refusals, and what happens when clients leave."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.support import loopback
from tests.support.answer_stream import ask, last, opened, stream, text
from tests.support.chat_server import ChatServer, said
from tests.support.processes import eventually

SLOTS, WAITING = 1, 8


def status(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/ask/status").raise_for_status().json()
    return found


def question(number: int) -> str:
    return f"How long does iron gall ink take to dry on paper number {number}?"


def test_clients_take_turns_and_the_rest_is_refused(
    client: httpx.Client, ink: str, chat: ChatServer, answering_api: str
) -> None:
    chat.answer = lambda _: said("Three minutes [1].")
    chat.seconds_before = 0.2
    refused: list[httpx.Response] = []
    places: dict[int, list[int]] = {}

    def one(number: int) -> str | None:
        with loopback.client(answering_api) as own:
            try:
                events = stream(own, ink, question(number))
            except httpx.HTTPStatusError as error:
                refused.append(error.response)
                return None
        places[number] = [data["place"] for name, data in events if name == "queued"]
        assert events[0][0] == "sources"
        return text(events)

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(one, range(64)))
    assert chat.most_running == SLOTS
    answered = [each for each in answers if each]
    assert set(answered) == {"Three minutes [1]."}
    assert len(answered) >= SLOTS + WAITING
    assert len(answered) + len(refused) == 64
    for response in refused:
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) >= 1
        assert response.json()["type"] == "urn:inkdex:too-busy"
    for own in places.values():
        assert own == sorted(own, reverse=True)
        assert all(1 <= place <= WAITING for place in own)
    assert max(len(each) for each in places.values()) > 1
    eventually(lambda: status(client)["running"] == 0, "the slot is free", 5)


def test_a_client_that_leaves_stops_the_model_at_once(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    chat.answer = lambda _: said("word " * 200)
    chat.seconds_a_record = 0.05
    with opened(client, ink) as events:
        for name, _ in events:
            if name == "delta":
                break
        assert status(client)["running"] == 1
    left = time.monotonic()
    eventually(lambda: chat.cancelled == 1, "the model stops", 5)
    assert chat.stopped_at[0] - left < 1.0
    eventually(lambda: status(client)["running"] == 0, "the slot is free", 5)


def test_a_client_that_leaves_during_prefill_or_without_streaming(
    client: httpx.Client, ink: str, chat: ChatServer, answering_api: str
) -> None:
    chat.seconds_before = 20
    for number, streamed in enumerate((True, False)):
        connection = _asked(answering_api, ink, streamed=streamed)
        eventually(lambda: chat.running == 1, "the model reads the prompt", 5)
        connection.close()
        eventually(lambda: chat.running == 0, "the model stops", 5)
        assert chat.cancelled == number + 1
    eventually(lambda: status(client)["running"] == 0, "the slot is free", 5)


def test_a_waiting_client_that_leaves_gives_up_its_place(
    client: httpx.Client, ink: str, chat: ChatServer, answering_api: str
) -> None:
    chat.seconds_before = 20
    first = _asked(answering_api, ink)
    eventually(lambda: chat.running == 1, "the first one has the slot", 5)
    second = _asked(answering_api, ink, question(2))
    eventually(lambda: status(client)["waiting"] == 1, "the second one waits", 5)
    second.close()
    eventually(lambda: status(client)["waiting"] == 0, "it gives up its place", 5)
    first.close()
    eventually(lambda: status(client)["running"] == 0, "the slot is free", 5)


def test_a_thousand_cancelled_answers_leak_nothing(
    client: httpx.Client, ink: str, chat: ChatServer, answering_api: str
) -> None:
    chat.answer = lambda _: said("word " * 50)
    chat.seconds_a_record = 0.02

    def leave(number: int) -> None:
        connection = _asked(answering_api, ink, question(number % 40))
        connection.settimeout(30)
        if number % 2:
            connection.recv(100)
        connection.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(leave, range(1000)))
    eventually(lambda: status(client)["running"] + status(client)["waiting"] == 0, "all left", 20)
    eventually(lambda: chat.running == 0, "the model is idle", 10)
    chat.seconds_a_record = 0
    chat.answer = lambda _: said("Three minutes [1].")
    assert ask(client, ink, cache="off")["finish_reason"] == "stop"


def test_equal_questions_at_the_same_time_are_generated_once(
    ink: str, chat: ChatServer, answering_api: str
) -> None:
    chat.answer = lambda _: said("It dries in three minutes on paper [1].")
    chat.seconds_a_record = 0.1
    started = threading.Barrier(12)

    def one(_: int) -> tuple[str, str]:
        with loopback.client(answering_api) as own:
            started.wait(10)
            events = stream(own, ink)
            return text(events), last(events)["cache"]

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(one, range(12)))
    assert {each for each, _ in answers} == {"It dries in three minutes on paper [1]."}
    assert len(chat.asked) == 1
    assert sorted(cache for _, cache in answers).count("miss") == 1


def test_one_of_several_that_share_an_answer_leaves(
    client: httpx.Client, ink: str, chat: ChatServer, answering_api: str
) -> None:
    chat.answer = lambda _: said("It dries in three minutes on paper [1].")
    chat.seconds_a_record = 0.1
    with opened(client, ink) as events:
        next(events)
        connection = _asked(answering_api, ink)
        time.sleep(0.2)
        connection.close()
        rest = list(events)
    assert last(rest)["finish_reason"] == "stop"
    assert chat.cancelled == 0


def _asked(
    url: str, collection: str, asked: str = question(1), *, streamed: bool = True
) -> socket.socket:
    """Return a connection on which a question was sent."""
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port))
    body = httpx.Request(
        "POST", url, json={"question": asked, "collection": collection, "stream": streamed}
    ).content
    head = (
        f"POST /v1/ask HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    return connection
