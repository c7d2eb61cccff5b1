"""A client sends the newest position that it was told of with its searches."""

import httpx
import pytest
from inkdex.core.positions import HEADER, Positions
from inkdex.core.requests import Request

SEARCH = Request("POST", "/v1/search", headers={"content-type": "application/json"})


WRITE = Request("PUT", "/v1/documents/a")


def answered(positions: Positions, position: str | None, request: Request = WRITE) -> None:
    positions.note(positions.begin(), request, told(position))


def told(position: str | None) -> httpx.Response:
    return httpx.Response(200, headers={} if position is None else {HEADER: position})


def test_without_replicas_nothing_is_sent() -> None:
    positions = Positions()
    answered(positions, None)
    assert positions.headers(SEARCH) == SEARCH.headers


def test_the_newest_is_sent_with_searches_only() -> None:
    positions = Positions()
    for each in ("0/FF", "1/0", "0/FFFFFFFF"):
        answered(positions, each)
    assert positions.headers(SEARCH) == {**SEARCH.headers, HEADER: "1/0"}
    assert positions.headers(Request("GET", "/v1/documents")) == {}


def test_a_busy_primary_says_latest_which_stands_until_the_next_position() -> None:
    positions = Positions()
    for position, sent in (("1/0", "1/0"), ("latest", "latest"), ("0/1", "1/0"), ("1/1", "1/1")):
        answered(positions, position)
        assert positions.headers(SEARCH)[HEADER] == sent


def test_an_answer_to_an_earlier_request_does_not_replace_latest() -> None:
    positions = Positions()
    early = positions.begin()
    answered(positions, "latest")
    positions.note(early, WRITE, told("1/0"))
    assert positions.headers(SEARCH)[HEADER] == "latest"
    answered(positions, "1/1")
    assert positions.headers(SEARCH)[HEADER] == "1/1"


def test_who_hears_events_sends_latest() -> None:
    positions = Positions()
    answered(positions, "latest", Request("GET", "/v1/events"))
    answered(positions, "1/0")
    assert positions.headers(SEARCH)[HEADER] == "latest"


@pytest.mark.parametrize("position", ["", "soon", "1", "1/x", "-1/0"])
def test_what_is_no_position_is_ignored(position: str) -> None:
    positions = Positions()
    answered(positions, position)
    assert positions.headers(SEARCH) == SEARCH.headers
