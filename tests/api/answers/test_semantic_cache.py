"""A similar question gets the answer of another, if both ask the same of the same sources."""

from collections.abc import Iterator

import httpx
import pytest

from tests.api.answers.conftest import StartApi
from tests.support import loopback
from tests.support.answer_stream import ask
from tests.support.chat_server import ChatServer, Record, said


@pytest.fixture(scope="module")
def semantic_api(start_api: StartApi, scripted_chat: ChatServer) -> Iterator[str]:
    with start_api(
        "semantic",
        OLLAMA_CHAT_HOST=scripted_chat.url,
        CHAT_MODEL="chat",
        INKDEX_ANSWER_SEMANTIC_CACHE="1",
    ) as url:
        yield url


@pytest.fixture
def client(semantic_api: str, chat: ChatServer) -> Iterator[httpx.Client]:  # noqa: ARG001
    with loopback.client(semantic_api) as client:
        yield client


def numbered(body: Record) -> list[Record]:
    """Answer with the question, so that no two questions have the same answer."""
    return said(f"About {body['messages'][-1]['content'].rpartition('Question: ')[2]} [1].")


def test_a_question_that_asks_the_same_shares_the_answer(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    first = ask(client, ink)
    shared = ask(client, ink, "Please, how long does iron gall ink take to dry?")
    assert shared["cache"] == "semantic"
    assert shared["cached_question"] == "How long does iron gall ink take to dry?"
    assert shared["answer"] == first["answer"]
    assert len(chat.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        "How long does iron gall ink not take to dry?",
        "How long does sepia ink take to dry?",
        "Why does iron gall ink take long to dry?",
        "How long does iron gall ink take to dry on coated paper?",
    ],
)
def test_a_question_that_asks_something_else_is_answered_anew(
    client: httpx.Client, ink: str, chat: ChatServer, other: str
) -> None:
    chat.answer = numbered
    ask(client, ink)
    assert ask(client, ink, other)["cache"] == "miss"


def test_other_sources_are_answered_anew(client: httpx.Client, ink: str) -> None:
    ask(client, ink)
    where = {"collection": ink}
    body = {"content": "Iron gall ink takes nine minutes to dry on paper.", "title": "Ink"}
    client.put("/v1/documents/ink", params=where, json=body)
    client.get("/v1/documents/ink", params={**where, "wait": 20})
    assert ask(client, ink, "Please, how long does iron gall ink take to dry?")["cache"] == "miss"
