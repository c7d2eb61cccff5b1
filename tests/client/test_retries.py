"""What is sent again, and what is not."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from inkdex import Inkdex, Retries, TooManyRequests, Unavailable, Unreachable
from inkdex.core.retries import pause_after

from tests.client.failing_api import WHOAMI
from tests.support import scripted_server
from tests.support.scripted_server import Scripted, ScriptedServer

DONE = Scripted(body=json.dumps(WHOAMI).encode())
BUSY = Scripted(429, headers={"Retry-After": "0"})
AWAY = Scripted(503, headers={"Retry-After": "0"})
LOST = Scripted(cut=0)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server.running() as server:
        yield server


@pytest.fixture
def inkdex(server: ScriptedServer) -> Iterator[Inkdex]:
    with Inkdex(server.url, "k", retries=Retries(attempts=3, seconds=5)) as client:
        yield client


@pytest.mark.parametrize("answer", [BUSY, AWAY, LOST], ids=["429", "503", "broken"])
def test_a_read_is_sent_again(server: ScriptedServer, inkdex: Inkdex, answer: Scripted) -> None:
    server.answers = [answer, answer, DONE]
    assert inkdex.whoami().tenant == "t"
    assert len(server.received) == 3
    assert server.received[0].headers["authorization"] == "Bearer k"


@pytest.mark.parametrize(
    ("answer", "error"),
    [(BUSY, TooManyRequests), (AWAY, Unavailable), (LOST, Unreachable)],
    ids=["429", "503", "broken"],
)
def test_a_create_is_not_sent_again(
    server: ScriptedServer, inkdex: Inkdex, answer: Scripted, error: type[Exception]
) -> None:
    server.answers = [answer, DONE]
    with pytest.raises(error):
        inkdex.documents.create("Ink.")
    assert len(server.received) == 1


def test_a_write_with_a_precondition_is_not_sent_again(
    server: ScriptedServer, inkdex: Inkdex
) -> None:
    server.answers = [LOST, DONE]
    with pytest.raises(Unreachable):
        inkdex.documents.put("a", "Ink.", if_match=3)
    assert server.received[0].headers["if-match"] == '"3"'
    assert len(server.received) == 1


def test_what_was_skipped_is_told_once_because_names_can_count_twice(
    server: ScriptedServer, inkdex: Inkdex
) -> None:
    server.answers = [LOST, Scripted(204)]
    with pytest.raises(Unreachable):
        inkdex.imports.add_skipped("i", [{"name": ".draft.md", "error": "hidden"}])
    assert len(server.received) == 1


def test_tries_in_a_row_are_bounded(server: ScriptedServer, inkdex: Inkdex) -> None:
    server.answers = [LOST]
    with pytest.raises(Unreachable):
        inkdex.whoami()
    assert len(server.received) == 3


def test_a_pause_that_is_too_long_is_not_waited_for(server: ScriptedServer, inkdex: Inkdex) -> None:
    server.answers = [Scripted(429, b'{"detail": "Later."}', {"Retry-After": "3600"})]
    with pytest.raises(TooManyRequests, match="Later") as error:
        inkdex.whoami()
    assert error.value.retry_after == 3600
    assert len(server.received) == 1


def test_busy_without_a_time_is_not_sent_again(server: ScriptedServer, inkdex: Inkdex) -> None:
    server.answers = [Scripted(503, b"<html>"), DONE]
    with pytest.raises(Unavailable, match="503"):
        inkdex.whoami()


def test_a_delete_whose_answer_was_lost_is_done(server: ScriptedServer, inkdex: Inkdex) -> None:
    server.answers = [LOST, Scripted(404)]
    inkdex.documents.delete("a")
    assert [each.method for each in server.received] == ["DELETE", "DELETE"]


def test_an_import_goes_on_after_the_line_that_is_stored(
    server: ScriptedServer, inkdex: Inkdex
) -> None:
    stopped = {"accepted": 1, "rejected": [{"line": 2, "id": "b", "error": "no"}], "line": 2}
    body = json.dumps({"import": {**stopped, "rejected_count": 1}}).encode()
    rest = {"accepted": 0, "rejected": [{"line": 1, "id": "c", "error": "no"}], "rejected_count": 1}
    server.answers = [
        Scripted(429, body, {"Retry-After": "0"}),
        Scripted(body=json.dumps(rest).encode()),
    ]
    result = inkdex.documents.bulk([{"id": id_, "content": id_} for id_ in "abc"])
    assert (result.accepted, result.sent) == (1, 3)
    assert [(each.line, each.id) for each in result.rejected] == [(2, "b"), (3, "c")]
    assert [json.loads(each)["id"] for each in server.received[1].body.split(b"\n")] == ["c"]


def test_a_line_without_an_id_is_the_same_when_it_is_sent_again(
    server: ScriptedServer, inkdex: Inkdex
) -> None:
    server.answers = [LOST, Scripted(body=b'{"accepted": 1}')]
    assert inkdex.documents.bulk([{"content": "Ink."}]).accepted == 1
    first, second = (json.loads(each.body)["id"] for each in server.received)
    assert first == second


def test_a_file_is_sent_whole_again_and_tells_its_progress(
    server: ScriptedServer, inkdex: Inkdex, tmp_path: Path
) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"x" * 200_000)
    server.answers = [BUSY, Scripted(202, b'{"items": [], "rejected": []}')]
    told: list[tuple[int, int]] = []

    def note(sent: int, total: int) -> None:
        told.append((sent, total))

    inkdex.files.upload(file, id="docs/a.pdf", metadata={"a": 1}, on_progress=note)
    assert all(each.body.count(b"x" * 1000) == 200 for each in server.received)
    assert b'name="metadata"\r\n\r\n{"a":1}' in server.received[1].body
    assert told[-1] == (200_000, 200_000)


def test_a_file_that_grows_is_sent_as_it_was(
    server: ScriptedServer, inkdex: Inkdex, tmp_path: Path
) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"x" * 200_000)
    server.answers = [Scripted(202, b'{"items": [], "rejected": []}')]

    def grow(sent: int, total: int) -> None:
        assert sent <= total
        with file.open("ab") as more:
            more.write(b"y" * 200_000)

    inkdex.files.upload(file, on_progress=grow)
    assert [each.body.count(b"x" * 1000) for each in server.received] == [200]
    assert b"yyyy" not in server.received[0].body


@pytest.mark.parametrize("left", [0, 70_000], ids=["emptied", "cut"])
def test_a_file_that_is_cut_while_it_is_sent_is_an_error(
    inkdex: Inkdex, tmp_path: Path, left: int
) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"x" * 200_000)
    with pytest.raises(OSError, match="changed while it was read"):
        inkdex.files.upload(file, on_progress=lambda *_: os.truncate(file, left))


def test_an_export_goes_on_behind_its_last_line(server: ScriptedServer, inkdex: Inkdex) -> None:
    line = b'{"id": "a", "cursor": "1"}\n'
    server.answers = [
        Scripted(body=line + b'{"id": "b", "cursor": "2"}\n', cut=len(line) + 5),
        Scripted(body=b'{"id": "b", "cursor": "2"}\n'),
    ]
    assert [each["id"] for each in inkdex.collections.export("notes")] == ["a", "b"]
    assert server.received[1].path == "/v1/collections/notes/export?after=1"


def test_an_answer_that_breaks_off_is_an_error(server: ScriptedServer, inkdex: Inkdex) -> None:
    server.answers = [Scripted(body=b'event: delta\ndata: {"text": "In"}\n\n')]
    events = inkdex.ask_stream("Why?")
    assert next(events).model_dump() == {"text": "In"}
    with pytest.raises(Unreachable):
        next(events)


def test_a_date_says_when_to_try_again() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    pause = pause_after(httpx.Response(503, headers={"retry-after": later}))
    assert pause is not None
    assert 90 < pause <= 100


@pytest.mark.parametrize("status", [200, 404, 500])
def test_other_answers_are_final(status: int) -> None:
    assert pause_after(httpx.Response(status, headers={"retry-after": "1"})) is None
