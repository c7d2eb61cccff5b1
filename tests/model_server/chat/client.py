"""Asks the local chat model, greedily and for few tokens."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

MODEL = "smollm2:135m"
FRANCE = [{"role": "user", "content": "What is the capital of France?"}]
# The most likely answer never ends without a penalty for repetitions.
ENDLESS = [{"role": "user", "content": "Count from 1 to 1000, one number a line."}]

Record = dict[str, Any]


Messages = list[dict[str, str]] | None
Options = Mapping[str, object] | None


@dataclass(frozen=True)
class Chat:
    http: httpx.Client

    def ask(
        self,
        messages: Messages = None,
        *,
        tokens: int = 4,
        options: Options = None,
        **body: object,
    ) -> httpx.Response:
        """Ask without streaming, unless the body says otherwise."""
        return self.http.post("/api/chat", json=_chat(messages, tokens, options) | body)

    def post(self, body: Mapping[str, object]) -> httpx.Response:
        """Ask for one token with a body that replaces the usual fields."""
        return self.http.post("/api/chat", json=_chat(None, 1, None) | dict(body))

    def answer(
        self,
        messages: Messages = None,
        *,
        tokens: int = 4,
        options: Options = None,
        **body: object,
    ) -> Record:
        response = self.ask(messages, tokens=tokens, options=options, **body)
        record: Record = response.raise_for_status().json()
        return record

    @contextmanager
    def stream(
        self,
        messages: Messages = None,
        *,
        tokens: int = 4,
        options: Options = None,
        **body: object,
    ) -> Iterator[Iterator[Record]]:
        whole = _chat(messages, tokens, options) | {"stream": True} | body
        with self.http.stream("POST", "/api/chat", json=whole) as response:
            assert response.headers["content-type"] == "application/x-ndjson"
            yield (json.loads(line) for line in response.iter_lines())

    def generate(self, prompt: str, **body: object) -> httpx.Response:
        whole = {"model": MODEL, "prompt": prompt, "stream": False, "options": _options(4, None)}
        return self.http.post("/api/generate", json=whole | body)


def _chat(messages: Messages, tokens: int, options: Options) -> dict[str, object]:
    given = FRANCE if messages is None else messages
    return {
        "model": MODEL,
        "messages": given,
        "stream": False,
        "options": _options(tokens, options),
    }


def _options(tokens: int, options: Options) -> dict[str, object]:
    return {"temperature": 0, "num_predict": tokens} | dict(options or {})


def content(records: list[Record]) -> str:
    return "".join(record["message"]["content"] for record in records)
