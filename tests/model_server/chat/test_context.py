"""Prompts that are longer than the context."""

import json

import pytest

from tests.model_server.chat.client import Chat

WORDS = 700
LONG = [{"role": "user", "content": "ink " * WORDS}]
SMALL: dict[str, object] = {"num_ctx": 256}


@pytest.mark.parametrize("stream", [True, False])
def test_it_is_an_error_if_nothing_may_be_cut(chat: Chat, *, stream: bool) -> None:
    response = chat.ask(LONG, truncate=False, options=SMALL, stream=stream)
    assert response.status_code == 400
    error = json.loads(response.json()["error"])["error"]
    tokens = error["n_prompt_tokens"]
    assert WORDS < tokens < WORDS + 60
    assert error == {
        "code": 400,
        "message": f"request ({tokens} tokens) exceeds the available context size (256 tokens), "
        "try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": tokens,
        "n_ctx": 256,
    }


def test_a_long_message_is_cut_silently(chat: Chat) -> None:
    answer = chat.answer(LONG, tokens=1, options=SMALL)
    assert answer["prompt_eval_count"] == 4 + (256 - 4) // 2


def test_a_long_history_loses_its_oldest_messages(chat: Chat) -> None:
    turns = [
        {"role": role, "content": f"{number} {'ink ' * 40}"}
        for number in range(4)
        for role in ("user", "assistant")
    ]
    system = {"role": "system", "content": "Be brief."}
    last = {"role": "user", "content": "What is the capital of France?"}
    answer = chat.answer([system, *turns, last], tokens=1, options=SMALL)
    kept = chat.answer([system, *turns[-4:], last], tokens=1, options=SMALL)
    assert answer["prompt_eval_count"] == kept["prompt_eval_count"] < 256
    assert chat.ask([system, *turns, last], truncate=False, options=SMALL).status_code == 400


def test_a_last_message_that_does_not_fit_is_cut(chat: Chat) -> None:
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    answer = chat.answer([*history, *LONG], tokens=1, options=SMALL)
    assert answer["prompt_eval_count"] == 130


def test_an_answer_goes_on_beyond_the_context(chat: Chat) -> None:
    messages = [{"role": "user", "content": "ink " * 180}]
    answer = chat.answer(messages, tokens=100, options=SMALL | {"repeat_penalty": 1})
    assert answer["prompt_eval_count"] + answer["eval_count"] > 256


def test_a_context_above_the_models_is_the_models(chat: Chat) -> None:
    chat.answer(tokens=1, options={"num_ctx": 100_000})
    loaded = chat.http.get("/api/ps").json()["models"][-1]
    assert loaded["context_length"] == 8192
