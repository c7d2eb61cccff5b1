import re

import pytest

from local.stack.chat_choice import ChatFacts, choose

SERVER = "http://127.0.0.1:21000"


@pytest.mark.parametrize(
    ("facts", "model", "warning"),
    [
        (ChatFacts(), None, None),
        (ChatFacts(asked=True), "smollm2:135m", None),
        (ChatFacts(asked=True, chat_model="smollm2"), "smollm2", None),
        (ChatFacts(asked=True, chat_model="qwen2.5"), None, "no effect: CHAT_MODEL is qwen2.5."),
        (ChatFacts(asked=True, chat_host="box"), None, "no effect: OLLAMA_CHAT_HOST is box."),
        (ChatFacts(asked=True, missing="No wheel."), None, "has no chat model.*No wheel."),
        (ChatFacts(missing="No wheel."), None, None),
    ],
)
def test_the_choice(facts: ChatFacts, model: str | None, warning: str | None) -> None:
    choice = choose(facts)
    assert choice.model == model
    assert (choice.warning is None) == (warning is None)
    assert re.search(warning or "", choice.warning or "")


def test_the_environment_names_the_model_and_its_server() -> None:
    expected = {"CHAT_MODEL": "smollm2:135m", "OLLAMA_CHAT_HOST": SERVER}
    assert choose(ChatFacts(asked=True)).environment(SERVER) == expected
    assert choose(ChatFacts()).environment(SERVER) == {"CHAT_MODEL": "none"}
    assert choose(ChatFacts(chat_model="qwen3")).environment(SERVER) == {}


@pytest.mark.parametrize(
    ("facts", "local", "described"),
    [
        (ChatFacts(asked=True), True, "smollm2:135m, by the local server"),
        (ChatFacts(), True, "none, so answers are quotations"),
        (ChatFacts(), False, None),
        (ChatFacts(chat_model="qwen2.5"), True, None),
        (ChatFacts(chat_host="box"), True, None),
        (ChatFacts(asked=True, chat_host="box"), True, None),
        (ChatFacts(asked=True, missing="No wheel."), True, "none, so answers are quotations"),
    ],
)
def test_the_description(facts: ChatFacts, described: str | None, *, local: bool) -> None:
    found = choose(facts).description(local=local)
    assert found == described if described is None else (found or "").startswith(described)
