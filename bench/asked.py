"""Asks the API questions and measures what its clients see."""

import itertools
import json
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from bench import measure
from bench.stack import Stack

TIMEOUT_SECONDS = 600
LONG_ANSWER_TOKENS = 1024


class Asker:
    """A client of a stack that has docstrings as its documents."""

    def __init__(self, served: Stack, documents: int) -> None:
        self._documents = measure.documents(documents, longest=2000, shortest=300)
        self.client = httpx.Client(base_url=served.api, trust_env=False, timeout=TIMEOUT_SECONDS)
        measure.import_all(served.api, self._documents)
        measure.until_ready(served.database_url)

    def questions(self, count: int) -> list[str]:
        """Return questions about different documents."""
        step = max(1, len(self._documents) // count)
        return [f"What is {each['title']} for?" for each in self._documents[::step]][:count]

    def ask(self, question: str) -> Mapping[str, Any]:
        """Return how long an answer took, and whether it was cached."""
        started = time.perf_counter()
        first, done = None, {}
        for name, data in self._events(question, max_tokens=64):
            if name == "delta" and first is None:
                first = time.perf_counter() - started
            if name == "done":
                done = data
        total = time.perf_counter() - started
        timings = done["timings_ms"]
        return {
            "cache": done["cache"],
            "first_ms": 1000 * (first or total),
            "total_ms": 1000 * total,
            "retrieve_ms": timings["retrieve"],
            "rest_ms": timings["total"] - timings["retrieve"],
        }

    def keep_answering(self, stopped: threading.Event) -> None:
        """Have answers generated, one after the other, until it is stopped."""
        questions = itertools.cycle(self.questions(20))
        while not stopped.is_set():
            for name, _ in self._events(next(questions), LONG_ANSWER_TOKENS, cache="off"):
                if stopped.is_set() or name == "done":
                    break

    def until_generating(self) -> None:
        """Return when a question has the slot."""
        while not self.client.get("/v1/ask/status").json()["running"]:
            time.sleep(0.05)

    def _events(
        self, question: str, max_tokens: int, **fields: str
    ) -> Iterable[tuple[str, dict[str, Any]]]:
        body = {"question": question, "max_tokens": max_tokens, **fields}
        with self.client.stream("POST", "/v1/ask", json=body) as response:
            response.raise_for_status()
            name = ""
            for line in response.iter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield name, json.loads(value)


def search_milliseconds(asker: Asker, numbers: Iterable[int]) -> dict[str, float]:
    """Return percentiles of semantic searches with queries that were never embedded."""
    seconds = []
    for number in numbers:
        query = {"q": f"a function that returns value number {number}", "mode": "semantic"}
        started = time.perf_counter()
        asker.client.get("/v1/search", params=query).raise_for_status()
        seconds.append(time.perf_counter() - started)
    return measure.milliseconds(seconds)
