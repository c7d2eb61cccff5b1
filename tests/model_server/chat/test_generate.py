"""The answers of /api/generate, as Ollama gives them."""

import json
from typing import Any

import pytest

from tests.model_server.chat.client import FRANCE, MODEL, Chat


def test_a_prompt_is_answered_as_a_message(chat: Chat) -> None:
    prompt = FRANCE[0]["content"]
    answer = chat.generate(prompt).json()
    assert answer["response"] == chat.answer()["message"]["content"]
    assert (answer["eval_count"], answer["done_reason"]) == (4, "length")
    assert len(answer["context"]) == answer["prompt_eval_count"] + answer["eval_count"]


def test_a_context_continues_a_conversation(chat: Chat) -> None:
    first = chat.generate("My name is Ada.").json()
    second = chat.generate("What is my name?", context=first["context"]).json()
    assert second["prompt_eval_count"] > len(first["context"])


def test_a_raw_prompt_is_continued(chat: Chat) -> None:
    answer = chat.generate("The capital of France is", raw=True).json()
    assert "Paris" in answer["response"]
    assert answer["prompt_eval_count"] == 5
    assert "context" not in answer


def test_a_stream(chat: Chat) -> None:
    lines = chat.generate("Hi", stream=True).text.splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["done"] for record in records] == [False] * 4 + [True]
    assert list(records[0]) == ["model", "created_at", "response", "done"]


def test_no_prompt_loads_the_model(chat: Chat) -> None:
    answer = chat.generate("").json()
    assert (answer["response"], answer["done_reason"]) == ("", "load")


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"model": "nobody"}, 404, "model 'nobody' not found"),
        ({"model": "all-minilm"}, 400, '"all-minilm" does not support generate'),
        ({"suffix": "end"}, 400, f"{MODEL} does not support insert"),
        (
            {"raw": True, "system": "x"},
            *(400, "raw mode does not support template, system, or context"),
        ),
    ],
)
def test_errors(chat: Chat, body: dict[str, Any], status: int, error: str) -> None:
    response = chat.generate("Hi", **body)
    assert (response.status_code, response.json()) == (status, {"error": error})
