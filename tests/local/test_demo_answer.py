"""What the demo shows of an answer. `tests/acceptance/test_demo.py` asks a real question."""

from typing import Any, cast

import pytest

from local.demo import answer
from local.demo.client import Client

pytestmark = pytest.mark.anyio

CONTENT = "Ink dries in ten seconds."
CITATION = {"n": 1, "document": "ink", "start": 0, "end": 9, "quote": "Ink dries"}
UNKNOWN = {"n": None, "document": None, "start": None, "end": None, "quote": None}
STEPS = dict.fromkeys(["retrieve", "queue", "load", "prefill", "decode"], 1000.0)


class FakeClient:
    """A client of an API that always gives the same answer."""

    def __init__(self, finish: str, citation: dict[str, Any], degraded: str | None) -> None:
        self._answer = {
            "answer": "It dries [1].",
            "finish_reason": finish,
            "citations": [citation],
            "sources": [{"n": 1, "document": "ink"}],
            "model": None if degraded else "chat",
            "degraded": degraded and {"detail": degraded},
            "timings_ms": STEPS | {"total": 5000.0},
        }

    async def ask(self, question: str) -> dict[str, Any]:  # noqa: ARG002
        return self._answer

    async def content(self, id_: str) -> str:  # noqa: ARG002
        return CONTENT


@pytest.mark.parametrize(
    ("finish", "citation", "succeeds"),
    [
        ("stop", CITATION, True),
        ("quotations", CITATION, True),
        ("stop", UNKNOWN, True),
        ("stop", CITATION | {"quote": "Ink is dry"}, False),
        ("refused", CITATION, False),
        ("interrupted", CITATION, False),
    ],
)
async def test_the_demo_fails_without_an_answer_or_with_a_citation_that_is_not_verbatim(
    finish: str, citation: dict[str, Any], *, succeeds: bool
) -> None:
    client = cast("Client", FakeClient(finish, citation, None))
    assert await answer.ask(client) == succeeds


async def test_the_answer_its_citations_and_its_times_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = cast("Client", FakeClient("quotations", CITATION, "No chat model."))
    await answer.ask(client)
    shown = capsys.readouterr().out
    assert "[1] ink, 0 to 9  Ink dries" in shown
    assert "Answered by quotations: search 1,000 ms" in shown
    assert "No chat model." in shown
