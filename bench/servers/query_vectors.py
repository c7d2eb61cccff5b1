"""A model server that returns known vectors for the queries of a benchmark."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.corpus.synthetic import Floats


@contextmanager
def running(vectors: Mapping[str, Floats]) -> Iterator[str]:
    """Serve Ollama's `/api/embed` for these texts. Yield the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            model = {"model": "all-minilm:latest", "digest": "0" * 64}
            self._answer({"version": "0.0.0", "models": [model]})

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            embeddings = [vectors[text].tolist() for text in request["input"]]
            self._answer({"model": request["model"], "embeddings": embeddings})

        def log_message(self, *_: object) -> None:
            """Print no log."""

        def _answer(self, body: dict[str, Any]) -> None:
            encoded = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
