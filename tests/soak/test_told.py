"""What a soak judges as told wrongly."""

import json

import pytest

from tests.soak.listeners import Change, Listener
from tests.soak.sightings import Sightings
from tests.soak.told import wrongly_delivered, wrongly_left, wrongly_streamed
from tests.support.webhook_receiver import Message

STORED = [Change("a", "pending", 1), Change("a", "ready", 1), Change("b", "deleted", 2)]


def heard(*numbers: int) -> list[str]:
    listener = Listener("reader", 1, [])
    listener.told = [(f"event-{n}", STORED[n]) for n in numbers]
    return wrongly_streamed(listener, STORED)


def test_a_stream_tells_each_change_once_and_in_order() -> None:
    assert heard(0, 1, 2) == []
    assert heard(0, 2) == [f"reader: not told of {STORED[1]}"]
    assert heard(0, 1, 1, 2)[0] == "reader: event event-1 was told twice"
    assert heard(1, 0, 2) == ["reader: told in another order than that of the changes"]


def test_the_last_event_of_a_document_is_what_it_is() -> None:
    assert wrongly_left(STORED, [Change("a", "ready", 1)]) == []
    assert wrongly_left(STORED, [Change("a", "ready", 2)])
    assert wrongly_left(STORED, [Change("a", "ready", 1), Change("c", "ready", 1)])
    assert wrongly_left(STORED, [])


def message(*ids: str, name: str = "m") -> Message:
    body = {"data": {"documents": [{"event_id": id_} for id_ in ids]}}
    return Message("/hook", {"webhook-id": name}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("messages", "faults", "is_wrong"),
    [
        ([message("1", "2", name="x"), message("3", name="y")], 0, False),
        ([message("1", name="x"), message("1", name="x"), message("2", "3", name="y")], 1, False),
        ([message("1", name="x"), message("1", name="x"), message("2", "3", name="y")], 0, True),
        ([message("1", name="x"), message("1", name="y"), message("2", "3", name="z")], 1, True),
        ([message("1", name="x"), message("3", name="y"), message("2", name="z")], 2, True),
        ([message("1", "2", name="x")], 0, True),
        ([message("1", "2", "3", name="x"), message("4", name="y")], 0, True),
    ],
)
def test_a_webhook_is_told_at_least_once_and_in_order(
    messages: list[Message], faults: int, *, is_wrong: bool
) -> None:
    assert bool(wrongly_delivered(messages, ["1", "2", "3"], faults)) == is_wrong


def test_no_version_is_older_than_one_that_was_seen() -> None:
    sightings = Sightings()
    sightings.told("a", 2)
    assert sightings.found({"a": 3}, is_latest=False) == []
    assert sightings.found({"a": 2}, is_latest=False) == []
    assert sightings.found({"a": 2}, is_latest=True) == ["a found as version 2 after version 3"]
    assert sightings.found({}, is_latest=False) == ["a found as version None after version 2"]
