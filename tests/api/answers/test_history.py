"""The conversation before a question: its last turns are whole, and the older ones summed up."""

import httpx
import pytest

from tests.support.answer_stream import ask
from tests.support.chat_server import ChatServer, Record, said

HISTORY = [
    {"role": role, "content": f"{role} turn {n}"}
    for n in range(5)
    for role in ("user", "assistant")
]


def summary_or_answer(body: Record, summary: str) -> list[Record]:
    is_summary = body["messages"][0]["content"].startswith("Summarize")
    return said(summary if is_summary else "Three minutes [1].")


def test_older_turns_are_summed_up_once(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    chat.answer = lambda body: summary_or_answer(body, "They talked about turns.")
    answers = [ask(client, ink, history=HISTORY, cache="off") for _ in range(2)]
    assert [each["history_left_out"] for each in answers] == [0, 0]
    summarized, first, second = chat.prompts
    assert "user turn 1" in summarized
    assert "user turn 2" not in summarized
    for prompt in (first, second):
        assert "They talked about turns." in prompt
    assert [each["content"] for each in chat.asked[-1]["messages"][1:-1]] == [
        each["content"] for each in HISTORY[4:]
    ]


@pytest.mark.parametrize("summary", ["", "  "])
def test_older_turns_without_a_summary_are_counted(
    client: httpx.Client, ink: str, chat: ChatServer, summary: str
) -> None:
    chat.answer = lambda body: summary_or_answer(body, summary)
    history = [*HISTORY, {"role": "user", "content": repr(summary)}]
    answer = ask(client, ink, history=history, cache="off")
    assert answer["finish_reason"] == "stop"
    assert answer["history_left_out"] == 6
