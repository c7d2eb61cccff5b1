"""Scripted answers for the page of questions, with all that a stream can hold."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.support.answer_server import Answer, AnswerServer, Script

HOSTILE = "<img src=x onerror=alert(1)>"
DRYING = "Iron gall ink dries in a minute on laid paper. On coated paper it takes ten. 𝄞 Blot it."
SENTENCE = "On coated paper it takes ten."

DOCUMENT = {"id": "drying", "title": "Drying times", "content": DRYING}

QUESTION = "How long until ink is dry?"
PIECES = [
    "On coated paper it takes ",
    "ten minutes [",
    "1]. The notes 𝄞 say “dries in a minute” ",
    "and “at once”.",
]
TEXT = "".join(PIECES)

TIMINGS = {
    "retrieve": 12.0,
    "rerank": 3.5,
    "queue": 800.0,
    "load": 0.0,
    "prefill": 340.0,
    "first_token": 1170.0,
    "decode": 2100.0,
    "total": 3300.0,
}
NO_CITATIONS = {"references": 0, "removed": 0, "quotations": 0, "unverified": 0}
DONE: dict[str, Any] = {
    "finish_reason": "stop",
    "cache": "miss",
    "cached_question": None,
    "model": "llama3.2",
    "refusal": None,
    "usage": {"prompt_tokens": 1234, "completion_tokens": 56, "total_tokens": 1290},
    "tokens_per_second": 26.7,
    "left_out": [],
    "history_left_out": 0,
    "citation_counts": {"references": 1, "removed": 0, "quotations": 2, "unverified": 1},
    "degraded": None,
    "timings_ms": TIMINGS,
}
REFUSED = DONE | {
    "finish_reason": "refused",
    "model": None,
    "usage": None,
    "tokens_per_second": None,
    "refusal": {
        "looked_for": ["zeppelin", HOSTILE],
        "nearest": [
            {"document": "drying", "collection": "c", "title": "Drying times"},
            {"document": HOSTILE, "collection": "c", "title": None},
        ],
    },
    "citation_counts": NO_CITATIONS,
    "timings_ms": TIMINGS | dict.fromkeys(("rerank", "load", "prefill", "first_token", "decode")),
}


def redirect(page: Page, server: AnswerServer) -> None:
    """Let the scripted server answer the questions of a page, which does not notice."""

    def to_server(route: Route) -> None:
        route.continue_(url=server.url)

    page.route(re.compile(r"/v1/ask$"), to_server)


def ask(page: Page, question: str = QUESTION) -> Locator:
    """Ask, and return the latest turn."""
    page.get_by_label("Question", exact=True).fill(question)
    page.get_by_label("Question", exact=True).press("Enter")
    return page.locator(".turn", has=page.get_by_role("heading", name=question, exact=True)).last


def answered(page: Page, question: str) -> Locator:
    """Ask, and return the turn when its answer has ended. Before, the page takes no question."""
    turn = ask(page, question)
    expect(turn.locator(".measurements")).to_be_visible()
    return turn


def source(n: int, document: str, collection: str, **fields: object) -> dict[str, Any]:
    """Return a source that was given to the model."""
    default = {
        "title": f"Title of {document}",
        "version": 1,
        "start": 0,
        "end": len(DRYING),
        "text": DRYING,
        "headings": [],
        "similarity": 0.7,
        "relevance": "strong",
        "in_prompt": True,
    }
    return {"n": n, "document": document, "collection": collection} | default | fields


def reference(collection: str, n: int = 1, at: str = "[1]") -> dict[str, Any]:
    start = TEXT.index(at)
    first = DRYING.index(SENTENCE)
    return {
        "kind": "reference",
        "n": n,
        "at": [start, start + len(at)],
        "quote": SENTENCE,
        "document": "drying",
        "collection": collection,
        "version": 1,
        "start": first,
        "end": first + len(SENTENCE),
        "verified": True,
        "support": 0.9,
    }


def quotation(collection: str, quoted: str, *, verified: bool) -> dict[str, Any]:
    start = TEXT.index(quoted)
    place = {"document": "drying", "collection": collection, "version": 1, "n": 1}
    found = (
        place
        | {
            "start": DRYING.index(quoted),
            "end": DRYING.index(quoted) + len(quoted),
            "quote": quoted,
        }
        if verified
        else {}
    )
    nothing = dict.fromkeys(("n", "quote", "document", "collection", "version", "start", "end"))
    return (
        {"kind": "quotation", "at": [start, start + len(quoted)], "verified": verified}
        | nothing
        | found
    )


def sources(collection: str) -> list[dict[str, Any]]:
    return [
        source(1, "drying", collection, headings=["Ink", "Drying"]),
        source(
            2,
            "other",
            collection,
            relevance="fair",
            title=HOSTILE,
            headings=[HOSTILE],
            text=HOSTILE,
        ),
        source(3, "third", collection, relevance=None, title=None, in_prompt=False),
    ]


def complete(collection: str, **done: object) -> Script:
    """Return a script with a whole answer."""

    def script(answer: Answer) -> None:
        answer.event("sources", sources=sources(collection), degraded=None)
        write(answer, collection)
        left_out = [{"document": "third", "title": None, "start": 0, "end": 9, "reason": "no_room"}]
        answer.event("done", **DONE | {"left_out": left_out} | done)

    return script


def write(answer: Answer, collection: str) -> None:
    """Write the text and its citations, each as soon as its text is there."""
    for piece in PIECES[:3]:
        answer.event("delta", text=piece)
    answer.event("citation", **reference(collection))
    answer.event("citation", **quotation(collection, "dries in a minute", verified=True))
    answer.event("delta", text=PIECES[3])
    answer.event("citation", **quotation(collection, "at once", verified=False))


def plain(text: str, **done: object) -> Script:
    """Return a script with an answer that cites nothing."""

    def script(answer: Answer) -> None:
        answer.event("sources", sources=[], degraded=done.get("degraded"))
        answer.event("delta", text=text)
        answer.event("done", **DONE | {"citation_counts": NO_CITATIONS} | done)

    return script
