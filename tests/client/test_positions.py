"""A client sends the newest position that it was told of with its searches."""

import httpx
import pytest
from inkdex.core.positions import HEADER, Positions
from inkdex.core.requests import Request

SEARCH = Request("POST", "/v1/search", headers={"content-type": "application/json"})


def told(position: str | None) -> httpx.Response:
    return httpx.Response(200, headers={HEADER: position} if position else {})


def test_without_replicas_nothing_is_sent() -> None:
    positions = Positions()
    positions.note(told(None))
    assert positions.headers(SEARCH) == SEARCH.headers


def test_the_newest_is_sent_with_searches_only() -> None:
    positions = Positions()
    for each in ("0/FF", "1/0", "0/FFFFFFFF"):
        positions.note(told(each))
    assert positions.headers(SEARCH) == {**SEARCH.headers, HEADER: "1/0"}
    assert positions.headers(Request("GET", "/v1/documents")) == {}


def test_a_busy_primary_says_latest_which_stands_until_the_next_position() -> None:
    positions = Positions()
    for told_, sent in (("1/0", "1/0"), ("latest", "latest"), ("1/1", "1/1")):
        positions.note(told(told_))
        assert positions.headers(SEARCH)[HEADER] == sent


@pytest.mark.parametrize("position", ["", "soon", "1", "1/x", "-1/0"])
def test_what_is_no_position_is_ignored(position: str) -> None:
    positions = Positions()
    positions.note(httpx.Response(200, headers={HEADER: position}))
    assert positions.headers(SEARCH) == SEARCH.headers
