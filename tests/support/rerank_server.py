"""A reranker on loopback. It scores a text by the words that it shares with the query."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]
Answer = tuple[int, Any]


def overlap(query: str, text: str) -> float:
    return float(len(set(query.lower().split()) & set(text.lower().split())))


def documents(body: Body) -> Answer:
    """Answer as llama.cpp, vLLM, Jina and Cohere do, best first."""
    if "documents" not in body:
        return 422, {"detail": "documents: field required"}
    scored = _scored(body["query"], body["documents"])
    return 200, {"results": [{"index": i, "relevance_score": score} for score, i in scored]}


def texts(body: Body) -> Answer:
    """Answer as Text Embeddings Inference does."""
    if "texts" not in body:
        return 422, {"error": "missing field `texts`"}
    return 200, [{"index": i, "score": score} for score, i in _scored(body["query"], body["texts"])]


def _scored(query: str, passages: list[str]) -> list[tuple[float, int]]:
    return sorted(((overlap(query, text), i) for i, text in enumerate(passages)), reverse=True)


@dataclass
class RerankServer:
    """The requests in order of arrival; `behave` answers each."""

    url: str = ""
    bodies: list[Body] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    behave: Callable[[Body], Answer] = documents
    released: threading.Event = field(default_factory=threading.Event)

    def hang(self, _: Body) -> Answer:
        self.released.wait(30)
        return 503, {}


@contextmanager
def running() -> Iterator[RerankServer]:
    found = RerankServer()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.bodies.append(body)
            found.paths.append(self.path)
            found.keys.append(self.headers["Authorization"])
            status, answer = found.behave(body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/v1/rerank"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield found
    finally:
        found.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
