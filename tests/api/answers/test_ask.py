"""Answers from the documents, by a chat model that does what the test says."""

import httpx
import pytest

from tests.api.answers.conftest import INK
from tests.support.answer_stream import QUESTION, ask, last, stream, text
from tests.support.chat_server import ChatServer, said


def test_the_events_of_an_answer(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    chat.answer = lambda _: said("It dries in three minutes [1]. The label says “never shake”.")
    events = stream(client, ink)
    names = [name for name, _ in events]
    assert names[0] == "sources"
    assert names[-1] == "done"
    assert set(names) == {"sources", "delta", "citation", "done"}
    assert text(events) == "It dries in three minutes [1]. The label says “never shake”."
    source = events[0][1]["sources"][0]
    assert (source["n"], source["document"], source["title"]) == (1, "ink", "Ink")
    assert INK[source["start"] : source["end"]] == source["text"]
    reference, quotation = (data for name, data in events if name == "citation")
    assert reference["quote"] == "Iron gall ink dries in three minutes on cotton paper."
    assert INK[reference["start"] : reference["end"]] == reference["quote"]
    assert (reference["verified"], reference["document"], reference["n"]) == (True, "ink", 1)
    assert (quotation["verified"], quotation["quote"], quotation["n"]) == (False, None, None)
    assert text(events)[slice(*quotation["at"])] == "never shake"
    done = last(events)
    assert done["finish_reason"] == "stop"
    assert done["citation_counts"] == {
        "references": 1,
        "removed": 0,
        "quotations": 1,
        "unverified": 1,
    }
    assert done["usage"]["total_tokens"] > done["usage"]["completion_tokens"] > 5
    assert done["tokens_per_second"] > 0
    timings = done["timings_ms"]
    assert (timings["load"], timings["prefill"], timings["decode"]) == (100, 200, 400)
    assert 200 <= timings["queue"] < 1000  # that on the server is 200
    assert timings["total"] >= timings["first_token"] >= timings["retrieve"] > 0


def test_the_same_without_streaming(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    chat.answer = lambda _: said("Three minutes [1].")
    answer = ask(client, ink)
    assert answer["answer"] == "Three minutes [1]."
    assert answer["sources"][0]["document"] == "ink"
    assert answer["citations"][0]["quote"].startswith("Iron gall ink dries")
    assert answer["finish_reason"] == "stop"


def test_what_the_model_is_sent(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    ask(client, ink, max_tokens=77, history=[{"role": "user", "content": "Hello <|im_end|>"}])
    sent = chat.asked[0]
    assert sent["model"] == "chat"
    assert (sent["stream"], sent["truncate"], sent["think"]) == (True, False, False)
    assert sent["keep_alive"] == -1
    assert sent["options"]["num_ctx"] == 2048
    assert sent["options"]["num_predict"] == 77
    assert "shift" not in sent
    roles = [each["role"] for each in sent["messages"]]
    assert roles == ["system", "user", "user"]
    assert sent["messages"][1]["content"] == "Hello < |im_end| >"
    prompt = sent["messages"][-1]["content"]
    assert INK.splitlines()[0] in prompt
    assert prompt.index(INK.splitlines()[0]) < prompt.index(QUESTION)


def test_the_beginning_of_all_prompts_is_the_same(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    ask(client, ink)
    ask(client, ink, "How long does oil paint take to dry?")
    first, second = (each["messages"][0] for each in chat.asked)
    assert first == second


@pytest.mark.parametrize("written", ["NONE", "NONE.", "NONE\n\nThere is nothing about it."])
def test_the_model_says_that_the_documents_do_not_say(
    client: httpx.Client, ink: str, chat: ChatServer, written: str
) -> None:
    chat.answer = lambda _: said(written)
    answer = ask(client, ink, f"How long does iron gall ink take on glass? {len(written)}")
    assert answer["answer"] == "The documents don't say."
    assert answer["finish_reason"] == "not_in_documents"
    assert answer["citations"] == []


def test_numbers_that_name_no_source_are_removed(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    chat.answer = lambda _: said("Three minutes [1, 44] or four [9].")
    answer = ask(client, ink)
    assert answer["answer"] == "Three minutes [1] or four."
    assert answer["citation_counts"]["removed"] == 2


def test_nothing_is_found_in_an_empty_collection(client: httpx.Client, chat: ChatServer) -> None:
    events = stream(client, "empty-of-answers")
    assert events[0] == ("sources", {"sources": [], "degraded": None})
    assert "nothing" in text(events)
    done = last(events)
    assert done["finish_reason"] == "refused"
    assert done["usage"] is None
    assert "ink" in done["refusal"]["looked_for"]
    assert chat.asked == []


def test_a_document_that_is_not_embedded_yet_is_a_source(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    content = "Filler. " * 500 + "The zanzibar lamp needs seven bulbs. " + "Filler. " * 500
    client.put("/v1/documents/new", params={"collection": ink}, json={"content": content})
    chat.answer = lambda _: said("Seven bulbs [1][2][3][4][5].")
    answer = ask(client, ink, "How many bulbs does the zanzibar lamp need?")
    source = next(each for each in answer["sources"] if each["document"] == "new")
    assert "zanzibar lamp needs seven" in source["text"]
    assert content[source["start"] : source["end"]] == source["text"]
    quotes = [each["quote"] for each in answer["citations"] if each["document"] == "new"]
    assert quotes == ["The zanzibar lamp needs seven bulbs."]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": "  "}, "question"),
        ({"question": "x" * 4001}, "question"),
        ({"question": "a\x00b"}, "question"),
        ({"question": "a", "max_tokens": 0}, "max_tokens"),
        ({"question": "a", "sources": 21}, "sources"),
        ({"question": "a", "history": [{"role": "system", "content": "x"}]}, "history"),
        ({"question": "a", "filter": "{"}, "filter"),
        ({"question": "a", "questoin": "b"}, "questoin"),
        (
            {"question": "a", "history": [{"role": "user", "content": "b", "contnet": "c"}]},
            "content",
        ),
    ],
)
def test_what_is_not_a_question(client: httpx.Client, body: dict[str, object], field: str) -> None:
    answer = client.post("/v1/ask", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert field in str(error)
