"""A cached answer is right after every edit."""

from typing import Any

import httpx

from tests.support.answer_stream import QUESTION, ask, last, opened, stream, text
from tests.support.chat_server import ChatServer, Record, said


def from_sources(body: Record) -> list[Record]:
    """Answer with the first minutes that the prompt has, as a model would."""
    prompt = body["messages"][-1]["content"]
    words = prompt.split()
    minutes = next((words[at - 1] for at, word in enumerate(words) if "minutes" in word), "?")
    return said(f"It dries in {minutes} minutes [1].")


def write(client: httpx.Client, collection: str, id_: str, content: str, **fields: Any) -> None:  # noqa: ANN401
    where = {"collection": collection}
    body = {"content": content, **fields}
    client.put(f"/v1/documents/{id_}", params=where, json=body).raise_for_status()
    client.get(f"/v1/documents/{id_}", params={**where, "wait": 20}).raise_for_status()


def test_an_equal_question_is_answered_from_the_cache(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    chat.answer = from_sources
    first = stream(client, ink)
    again = stream(client, ink, f"  {QUESTION.replace(' ', '   ')} ")
    assert (last(first)["cache"], last(again)["cache"]) == ("miss", "exact")
    assert text(first) == text(again)
    assert [each for each in first if each[0] == "citation"] == [
        each for each in again if each[0] == "citation"
    ]
    assert len(chat.asked) == 1


def test_an_answer_is_kept_for_a_client_that_leaves_at_its_end(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    chat.answer = from_sources
    for n in range(5):
        with opened(client, ink, f"{QUESTION} {n}") as events:
            next(event for event in events if event[0] == "done")
        assert ask(client, ink, f"{QUESTION} {n}")["cache"] == "exact"


def test_what_changes_the_key(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    chat.answer = from_sources
    ask(client, ink)
    different: list[dict[str, Any]] = [
        {"question": QUESTION + " Really?"},
        {"history": [{"role": "user", "content": "Hello"}]},
        {"max_tokens": 100},
        {"filter": {"lang": {"exists": False}}},
        {"cache": "off"},
    ]
    for fields in different:
        assert ask(client, ink, **fields)["cache"] in {"miss", "off"}, fields
    assert len(chat.asked) == 1 + len(different)


def test_no_answer_is_stale_after_edits_and_deletions(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    chat.answer = from_sources
    for minutes in ("seven", "nine", "seven"):
        write(client, ink, "ink", f"Iron gall ink takes {minutes} minutes to dry on paper.")
        answer = ask(client, ink)
        assert answer["answer"] == f"It dries in {minutes} minutes [1]."
        assert answer["citations"][0]["quote"].startswith(f"Iron gall ink takes {minutes}")
    assert ask(client, ink)["cache"] == "exact"
    write(
        client, ink, "ink2", "How long does iron gall ink take to dry? It takes two minutes to dry."
    )
    assert ask(client, ink)["cache"] == "miss"
    client.delete("/v1/documents/ink2", params={"collection": ink})
    answer = ask(client, ink)
    assert {each["document"] for each in answer["sources"]}.isdisjoint({"ink2"})
    client.delete("/v1/documents/ink", params={"collection": ink})
    assert "minutes" not in str(ask(client, ink)["sources"])


def test_an_edit_between_the_write_and_the_embedding_is_seen(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    chat.answer = from_sources
    ask(client, ink)
    params = {"collection": ink}
    body = {"content": "Iron gall ink takes eleven minutes to dry on paper."}
    client.put("/v1/documents/ink", params=params, json=body)
    assert ask(client, ink)["answer"] == "It dries in eleven minutes [1]."


def test_another_scope_never_sees_the_answer(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    chat.answer = from_sources
    write(client, ink, "secret", "Secret ink takes four minutes to dry.", metadata={"team": "a"})
    mine = ask(client, ink, "How long does secret ink take to dry?", filter={"team": "a"})
    assert mine["answer"] == "It dries in four minutes [1]."
    other = ask(client, ink, "How long does secret ink take to dry?", filter={"team": "b"})
    assert other["finish_reason"] == "refused"


def test_a_new_version_of_the_model_answers_anew(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    chat.models = ("v1:latest", "v2:latest")
    chat.answer = from_sources
    ask(client, ink, model="v1")
    assert ask(client, ink, model="v1")["cache"] == "exact"
    assert ask(client, ink, model="v2")["cache"] == "miss"
    chat.digest = "1" * 64
    assert ask(client, ink, model="v1")["cache"] == "miss"
