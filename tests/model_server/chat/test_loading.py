"""When the model is loaded and unloaded, and what the server says of it."""

import pytest

from local.model_server.smollm2 import weights
from tests.model_server.chat.client import MODEL, Chat, Options, Record
from tests.support.processes import eventually

RELOADED_NANOSECONDS = 20_000_000  # a loaded model takes microseconds


def loaded(chat: Chat) -> Record | None:
    models = chat.http.get("/api/ps").json()["models"]
    return next((model for model in models if model["name"] == MODEL), None)


def load(chat: Chat, options: Options = None, keep_alive: object = None) -> Record:
    return chat.answer([], options=options, keep_alive=keep_alive)


def test_no_messages_load_the_model(chat: Chat) -> None:
    answer = load(chat)
    assert answer["message"] == {"role": "assistant", "content": ""}
    assert (answer["done"], answer["done_reason"]) == (True, "load")
    assert loaded(chat) is not None


def test_no_messages_and_no_keep_alive_unload_it(chat: Chat) -> None:
    load(chat)
    assert load(chat, keep_alive=0)["done_reason"] == "unload"
    assert loaded(chat) is None
    assert chat.answer(tokens=1)["load_duration"] > RELOADED_NANOSECONDS


def test_a_loaded_model_says_how_large_it_is(chat: Chat) -> None:
    load(chat, options={"num_ctx": 1024}, keep_alive="10m")
    model = loaded(chat)
    assert model is not None
    assert model["context_length"] == 1024
    assert 100_000_000 < model["size"] < 600_000_000
    assert "2026" < model["expires_at"] < "2300"


def test_keep_alive(chat: Chat) -> None:
    chat.answer(tokens=1, keep_alive=-1)
    model = loaded(chat)
    assert model is not None
    assert model["expires_at"] > "2300"
    chat.answer(tokens=1)  # keeps that
    assert (loaded(chat) or {})["expires_at"] == model["expires_at"]
    chat.answer(tokens=1, keep_alive="0s")
    eventually(lambda: loaded(chat) is None, "the model is unloaded", 10)
    chat.answer(tokens=1, keep_alive="10ms")
    eventually(lambda: loaded(chat) is None, "the model is unloaded after 10 ms", 10)


@pytest.mark.parametrize(
    ("options", "reloads"),
    [
        ({"num_ctx": 1024}, True),
        ({"num_batch": 64}, True),
        ({"temperature": 0.5, "seed": 3, "top_k": 5, "num_predict": 2, "num_keep": 9}, False),
        ({"stop": ["x"], "repeat_penalty": 1.3}, False),
    ],
)
def test_what_reloads_the_model(chat: Chat, options: dict[str, object], *, reloads: bool) -> None:
    chat.answer(tokens=1)
    answer = chat.answer(tokens=1, options=options)
    assert (answer["load_duration"] > RELOADED_NANOSECONDS) is reloads


def test_it_is_listed_and_shown(chat: Chat) -> None:
    listed = chat.http.get("/api/tags").json()["models"][-2:]
    assert [model["name"] for model in listed] == [MODEL, "smollm2:latest"]
    for model in listed:
        assert (model["digest"], model["size"]) == (weights.SHA256, 98_362_432)
    shown = chat.http.post("/api/show", json={"model": "smollm2"}).json()
    assert shown["capabilities"] == ["completion"]
    assert shown["model_info"]["llama.context_length"] == 8192


def test_a_loaded_model_has_the_name_that_it_was_asked_by(chat: Chat) -> None:
    for name, listed in ((MODEL, MODEL), ("smollm2", "smollm2:latest")):
        chat.http.post("/api/chat", json={"model": name}).raise_for_status()
        assert chat.http.get("/api/ps").json()["models"][-1]["name"] == listed


def test_it_does_not_embed(chat: Chat) -> None:
    response = chat.http.post("/api/embed", json={"model": MODEL, "input": "ink"})
    assert response.status_code == 501
