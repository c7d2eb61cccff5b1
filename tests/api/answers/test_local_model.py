"""Answers by the real chat model of the local stack. What it says is often wrong."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from local.model_server import names
from tests.api.answers.conftest import StartApi
from tests.support import loopback
from tests.support.answer_stream import ask, last, opened, stream, text
from tests.support.processes import eventually

pytestmark = pytest.mark.skipif(
    names.why_chat_is_missing() is not None, reason="the chat model is not installed"
)
CONTEXT_TOKENS, MAX_TOKENS = 1024, 160


@pytest.fixture(scope="module")
def real_api(start_api: StartApi) -> Iterator[str]:
    with start_api(
        "real_answers",
        CHAT_MODEL="smollm2:135m",
        INKDEX_CHAT_CONTEXT_TOKENS=str(CONTEXT_TOKENS),
        INKDEX_CHAT_MAX_TOKENS=str(MAX_TOKENS),
    ) as url:
        yield url


@pytest.fixture
def client(real_api: str) -> Iterator[httpx.Client]:
    with loopback.client(real_api) as client:
        client.timeout = httpx.Timeout(180)  # other tests may have the processors
        yield client


def status(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/ask/status").raise_for_status().json()
    return found


def test_an_answer_is_streamed(client: httpx.Client, ink: str) -> None:
    assert status(client)["available"]
    events = stream(client, ink, cache="off")
    names_ = [name for name, _ in events]
    assert (names_[0], names_[-1]) == ("sources", "done")
    assert names_.count("delta") > 1
    done = last(events)
    assert (done["model"], done["degraded"]) == ("smollm2:135m", None)
    assert done["finish_reason"] in {"stop", "length", "not_in_documents"}
    assert 0 < done["usage"]["prompt_tokens"] < CONTEXT_TOKENS
    assert done["usage"]["completion_tokens"] <= MAX_TOKENS
    assert done["timings_ms"]["first_token"] <= done["timings_ms"]["total"]
    assert done["tokens_per_second"] > 0


def test_an_equal_question_is_cached_until_an_edit(client: httpx.Client, ink: str) -> None:
    first, again = stream(client, ink), stream(client, ink)
    assert (last(first)["cache"], last(again)["cache"]) == ("miss", "exact")
    assert text(first) == text(again)
    where = {"collection": ink}
    body = {"content": "Iron gall ink dries in seven minutes on cotton paper."}
    client.put("/v1/documents/ink", params=where, json=body).raise_for_status()
    client.get("/v1/documents/ink", params=where | {"wait": "20"}).raise_for_status()
    assert ask(client, ink)["cache"] == "miss"


def test_a_client_that_leaves_frees_the_slot(client: httpx.Client, ink: str) -> None:
    with opened(client, ink, cache="off") as events:
        assert any(name == "delta" for name, _ in events)
    eventually(lambda: status(client)["running"] == 0, "the slot is free", 20)
    assert last(stream(client, ink, cache="off"))["model"] == "smollm2:135m"


def test_whole_chunks_are_left_out_of_a_prompt_that_is_too_long(
    client: httpx.Client, put: Callable[..., object], ink: str
) -> None:
    for minutes, addition in enumerate(("oak bark", "copper", "gum arabic", "wine", "soot"), 4):
        dries = f"Iron gall ink with {addition} takes {minutes} minutes to dry. "
        put(addition.replace(" ", "-"), dries + f"The maker stirs {addition} into it. " * 20)
    answer = ask(client, ink, cache="off")
    assert answer["left_out"]
    assert {each["reason"] for each in answer["left_out"]} == {"no_room"}
    assert answer["usage"]["prompt_tokens"] < CONTEXT_TOKENS
    assert answer["finish_reason"] in {"stop", "length", "not_in_documents"}
