"""The benchmark of answers."""

from collections.abc import Iterator

import pytest

from bench.benchmarks import answers
from bench.chat_prompts import ANSWER_TOKENS, Prompts, Taken, median, request_of, take
from bench.output import report
from shared.adapters.ollama.chat import OllamaChat
from shared.config import Settings
from shared.domain.answers.chat import ChatEnd, EndReason
from tests.support import chat_server
from tests.support.chat_server import ChatServer, said


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server.running() as running:
        yield running


def test_prompts_have_the_sources_that_fit() -> None:
    prompts = Prompts()
    first, second = (prompts.compose(3, 4096) for _ in range(2))
    assert len(first.selection.in_prompt) == len(second.selection.in_prompt) == 3
    texts = [source.passage.text for each in (first, second) for source in each.selection.in_prompt]
    assert len(set(texts)) == 6
    assert 1 <= len(prompts.compose(12, 1024).selection.in_prompt) < 12


@pytest.mark.anyio
async def test_an_answer_is_taken_from_a_server(server: ChatServer) -> None:
    server.answer = lambda _: said("In three minutes [1].")
    prompt = Prompts().compose(2, 2048)
    chat = OllamaChat(Settings(), server.url)
    taken = await take(chat, request_of("chat", prompt, prompt.messages("")))
    await chat.close()
    assert server.asked[0]["options"]["num_ctx"] == 2048
    assert server.asked[0]["options"]["num_predict"] == ANSWER_TOKENS
    assert taken.first_seconds > 0
    found = median([taken])
    assert (found.prefill_ms, found.tokens_per_second) == (200.0, 10.0)


def test_the_median_of_answers() -> None:
    taken = [
        Taken(seconds, ChatEnd(EndReason.STOP, 100, 10, prefill_seconds=seconds, decode_seconds=2))
        for seconds in (0.3, 0.1, 9.0)
    ]
    found = median(taken)
    assert (found.tokens, found.first_token_ms, found.tokens_per_second) == (100, 300.0, 5.0)


def test_tables_are_markdown_and_a_chart(
    capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [
        {"num_ctx": context, "tokens in": tokens, "prefill ms": tokens / 2}
        for context in (2048, 4096)
        for tokens in (300, 3000)
    ]
    report.markdown(rows, "Prompts")
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[0] == "**Prompts**"
    assert lines[2:5] == [
        "| num_ctx | tokens in | prefill ms |",
        "| --- | --- | --- |",
        "| 2,048 | 300 | 150.0 |",
    ]
    chart = tmp_path_factory.mktemp("charts") / "answers.svg"
    answers.draw({"Prompts": rows}, chart)
    assert "num_ctx 4096" in chart.read_text()
