"""Metrics and statistics of answers."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from shared.domain.answers.events import CacheUse
from tests.support import loopback
from tests.support.answer_stream import ask, opened, stream
from tests.support.chat_server import ChatServer, said
from tests.support.metrics import scrape, value
from tests.support.processes import eventually

SECONDS = "inkdex_answer_duration_seconds"


class Increases:
    """How much the metrics have grown since the start of a test."""

    def __init__(self, api: str) -> None:
        self._page = f"{api}/metrics"
        self._before = scrape(self._page)

    def of(self, name: str, **labels: str) -> float:
        now = scrape(self._page)
        return round(value(now, name, labels) - value(self._before, name, labels), 6)


def answers_of(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/stats").raise_for_status().json()["answers"]
    return found


def test_an_answer_is_measured_by_its_parts(
    client: httpx.Client, ink: str, chat: ChatServer, answering_api: str
) -> None:
    chat.answer = lambda _: said("Three minutes [1] [9]. The label says “never shake”.")
    grown = Increases(answering_api)
    stream(client, ink)
    for part in ("retrieve", "queue", "load", "prefill", "first_token", "decode", "total"):
        assert grown.of(f"{SECONDS}_count", part=part, cache="miss") == 1, part
    assert grown.of(f"{SECONDS}_count", part="rerank") == 0  # there is no reranker
    assert grown.of(f"{SECONDS}_sum", part="prefill") == 0.2
    assert grown.of("inkdex_answers_total", finish="stop", cache="miss") == 1
    assert grown.of("inkdex_chat_tokens_total", kind="prompt") > 100
    assert grown.of("inkdex_chat_tokens_total", kind="answer") == 9
    assert grown.of("inkdex_answer_tokens_per_second_sum") == 22.5
    kinds = ("reference", "removed", "quotation", "unverified")
    assert [grown.of("inkdex_answer_citations_total", kind=kind) for kind in kinds] == [1] * 4


def test_an_answer_from_the_cache_took_no_tokens(
    client: httpx.Client, ink: str, chat: ChatServer, answering_api: str
) -> None:
    chat.answer = lambda _: said("Three minutes [1].")
    ask(client, ink)
    grown, before = Increases(answering_api), answers_of(client)
    assert ask(client, ink)["cache"] == "exact"
    assert grown.of("inkdex_answers_total", finish="stop", cache="exact") == 1
    assert grown.of(f"{SECONDS}_count", part="first_token", cache="exact") == 1
    assert grown.of("inkdex_chat_tokens_total") == 0
    after = answers_of(client)
    assert after["by_cache"]["exact"] == before["by_cache"]["exact"] + 1
    assert after["first_token"]["count"] == before["first_token"]["count"]


def test_refusals_quotations_and_lost_answers(
    client: httpx.Client, ink: str, chat: ChatServer, answering_api: str
) -> None:
    grown, before = Increases(answering_api), answers_of(client)
    ask(client, ink, "Wo liegt Ouagadougou?")
    chat.answer = lambda _: said("It dries in", done=False)
    ask(client, ink, "How long does ink dry? Once.")
    chat.status, chat.error = 500, "unexpected EOF"
    ask(client, ink, "How long does ink dry? Twice.")
    ended = {
        finish: grown.of("inkdex_answers_total", finish=finish)
        for finish in ("refused", "interrupted", "quotations")
    }
    assert ended == {"refused": 1, "interrupted": 1, "quotations": 1}
    after = answers_of(client)
    assert [after[name] - before[name] for name in ended] == [1, 1, 1]
    assert after["answered"] == before["answered"] + 3
    assert sum(after["by_cache"].values()) == sum(before["by_cache"].values())


def test_a_cut_prompt_is_counted(
    client: httpx.Client, ink: str, chat: ChatServer, answering_api: str
) -> None:
    for number in range(3):  # the model's own token counts become known
        ask(client, ink, f"How long does iron gall ink dry on sheet {number}?")
    grown, before = Increases(answering_api), answers_of(client)
    chat.answer = lambda _: said("Three minutes.", prompt_eval_count=40)
    body = {"question": "How long does ink dry here?", "collection": ink, "stream": False}
    assert client.post("/v1/ask", json=body).status_code >= 400
    assert grown.of("inkdex_prompts_cut_total") == 1
    assert grown.of("inkdex_answers_total", finish="failed") == 1
    assert answers_of(client)["failed"] == before["failed"] + 1


def test_a_client_that_leaves_is_counted(
    client: httpx.Client, ink: str, chat: ChatServer, answering_api: str
) -> None:
    chat.answer = lambda _: said("word " * 200)
    chat.seconds_a_record = 0.05
    grown, before = Increases(answering_api), answers_of(client)
    with opened(client, ink) as events:
        next(events)
    eventually(lambda: grown.of("inkdex_answers_cancelled_total") == 1, "it is counted", 5)
    assert answers_of(client)["cancelled"] == before["cancelled"] + 1
    assert grown.of("inkdex_answers_total") == 0


def test_questions_that_run_and_wait(ink: str, chat: ChatServer, answering_api: str) -> None:
    chat.seconds_before = 30
    page = f"{answering_api}/metrics"

    def questions() -> dict[str, float]:
        found = scrape(page)
        states = ("running", "waiting")
        return {state: value(found, "inkdex_questions", {"state": state}) for state in states}

    def one(number: int) -> None:
        with (
            loopback.client(answering_api) as own,
            opened(own, ink, f"How long does ink dry on paper {number}?") as events,
        ):
            next(events)
            eventually(lambda: chat.seconds_before == 0, "the test goes on", 20)

    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(one, number) for number in range(3)]
        try:
            eventually(lambda: questions() == {"running": 1, "waiting": 2}, "two wait", 10)
        finally:
            chat.seconds_before = 0
    for each in asked:
        each.result()
    eventually(lambda: questions() == {"running": 0, "waiting": 0}, "all have left", 10)


def test_statistics_of_answers_and_targets(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    chat.answer = lambda _: said("Three minutes [1].")
    ask(client, ink, "How long does the ink dry?")
    client.get("/v1/search", params={"q": "ink", "collection": ink}).raise_for_status()
    stats = client.get("/v1/stats").json()
    answers, targets = stats["answers"], stats["targets"]
    assert answers["window_seconds"] == 600
    assert set(answers["by_cache"]) == set(CacheUse)
    assert answers["answered"] >= answers["by_cache"]["miss"] >= 1
    assert answers["tokens_per_second"] > 0
    first, total = answers["first_token"], answers["total"]
    assert 0 < first["p50_ms"] <= first["p95_ms"] <= first["p99_ms"] <= total["p99_ms"]
    assert {name: each["target_ms"] for name, each in targets.items()} == {
        "search_p50": 200,
        "search_p99": 500,
        "first_token_p95": 3000,
    }
    for each in targets.values():
        assert each["count"] > 0
        assert each["met"] is (each["measured_ms"] <= each["target_ms"])
    assert targets["search_p99"]["measured_ms"] == stats["latency"]["search"]["p99_ms"]


def test_no_label_contains_a_question_or_a_name_from_a_client(
    client: httpx.Client, ink: str
) -> None:
    ask(client, ink, "How long does secret ink dry?", model="secret-model")
    page = client.get("/metrics").text
    assert "secret" not in page
    assert ink not in page
