"""What a tenant could learn from what its requests cost: each is as dear as if it were alone."""

from secrets import token_hex

import httpx
import pytest

from tests.api.access.apart.conftest import Crowd
from tests.api.access.apart.data import NOTES, QUESTION, done, put, wait_until_ready
from tests.api.access.apart.worlds import World

THEIRS, OWN = "acme", "default"


@pytest.fixture
def word() -> str:
    return f"word{token_hex(8)}"


def times_embedded(world: World, text: str) -> int:
    return sum(text in each for each in world.model.texts)


def test_a_text_of_another_tenant_is_embedded_again(crowd: Crowd, word: str) -> None:
    for number, tenant in enumerate((THEIRS, OWN), 1):
        client = crowd.world.of(tenant)
        put(client, NOTES, word, content=f"A letter about {word}.")
        wait_until_ready(client, NOTES, word)
        assert times_embedded(crowd.world, word) == number
    client = crowd.world.of(OWN)
    put(client, NOTES, f"{word}-again", content=f"A letter about {word}.")
    wait_until_ready(client, NOTES, f"{word}-again")
    assert times_embedded(crowd.world, word) == 2, "a tenant uses its own vectors again"


def query_embedding(client: httpx.Client, query: str) -> str:
    body = {"q": query, "collection": NOTES}
    found: str = done(client.post("/v1/search", json=body))["query_embedding"]
    return found


def test_a_query_of_another_tenant_is_not_cached(crowd: Crowd, word: str) -> None:
    for number, tenant in enumerate((THEIRS, OWN), 1):
        client = crowd.world.of(tenant)
        assert query_embedding(client, word) == "computed"
        assert query_embedding(client, word) == "cached"
        assert times_embedded(crowd.world, word) == number


def ask(client: httpx.Client, question: str, **body: object) -> str:
    """Ask, and return whether the answer came from a cache."""
    asked = {"question": question, "collection": NOTES, "stream": False, **body}
    found: str = done(client.post("/v1/ask", json=asked))["cache"]
    return found


def times_answered(world: World, text: str) -> int:
    return sum(text in each for each in world.chat.prompts)


def test_an_answer_of_another_tenant_is_not_cached(crowd: Crowd, word: str) -> None:
    question = f"How long does iron gall ink take to dry for {word}?"
    for number, tenant in enumerate((THEIRS, OWN), 1):
        client = crowd.world.of(tenant)
        assert ask(client, question) == "miss"
        assert ask(client, question) == "exact"
        assert times_answered(crowd.world, word) == number


def test_a_similar_question_of_another_tenant_is_not_used(crowd: Crowd) -> None:
    ask(crowd.world.of(THEIRS), "How long does the iron gall ink need to dry on cotton paper?")
    similar = "How long does iron gall ink need to dry on the cotton paper?"
    assert ask(crowd.world.of(OWN), similar) == "miss"


def test_the_summary_of_anothers_conversation_is_written_again(crowd: Crowd, word: str) -> None:
    history = [
        {"role": role, "content": f"{role} turn {number} about {word}"}
        for number in range(5)
        for role in ("user", "assistant")
    ]
    for number, tenant in enumerate((THEIRS, OWN), 1):
        client = crowd.world.of(tenant)
        for _ in range(2):
            ask(client, QUESTION, history=history, cache="off")
        assert times_summed_up(crowd.world, word) == number


def times_summed_up(world: World, text: str) -> int:
    first = [each["messages"] for each in world.chat.asked]
    return sum(each[0]["content"].startswith("Summarize") and text in str(each) for each in first)


def test_equal_questions_at_once_are_answered_for_each_tenant(crowd: Crowd, word: str) -> None:
    world = crowd.world
    question = f"How long does iron gall ink take to dry at {word}?"
    world.chat.seconds_a_record = 0.05
    try:
        theirs, own = world.of(THEIRS), world.of(OWN)
        body = {"question": question, "collection": NOTES}
        with theirs.stream("POST", "/v1/ask", json=body) as first:
            lines = first.iter_lines()
            assert any(line == "event: delta" for line in lines)
            assert ask(own, question) == "miss"
            assert "".join(lines)
    finally:
        world.chat.seconds_a_record = 0.0
    assert times_answered(world, word) == 2
