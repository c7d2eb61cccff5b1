"""A server that speaks Ollama's chat protocol and does what a test tells it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Record = dict[str, Any]
CONTEXT_TOKENS = 4096
MODEL = "chat:latest"
TOO_LONG = (
    '{{"error":{{"code":400,"message":"request ({tokens} tokens) exceeds the available context size'
    ' ({context} tokens), try increasing it","type":"exceed_context_size_error",'
    '"n_prompt_tokens":{tokens},"n_ctx":{context}}}}}'
)


def said(text: str, *, done: bool = True, **end: Any) -> list[Record]:  # noqa: ANN401
    """Return the records of an answer, a word each."""
    words = [word + " " for word in text.split(" ")]
    words[-1] = words[-1].rstrip(" ")
    records = [piece(word) for word in words]
    return [*records, ending(len(words), **end)] if done else records


def piece(text: str) -> Record:
    return {"model": MODEL, "message": {"role": "assistant", "content": text}, "done": False}


def ending(tokens: int, **changed: Any) -> Record:  # noqa: ANN401
    return {
        "model": MODEL,
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": "stop",
        "total_duration": 900_000_000,
        "load_duration": 100_000_000,
        "prompt_eval_count": None,
        "prompt_eval_duration": 200_000_000,
        "eval_count": tokens,
        "eval_duration": 400_000_000,
        **changed,
    }


@dataclass
class ChatServer:
    """What the server answers, what it was asked, and how many answers it is writing."""

    url: str = ""
    answer: Callable[[Record], list[Record]] = field(default=lambda _: said("Ink dries fast [1]."))
    status: int = 200
    error: str = ""
    seconds_a_record: float = 0.0
    seconds_before: float = 0.0
    closes_early: bool = False
    drips: str = ""
    """What is sent again and again after the records, if anything."""
    refuses_over: int = 10**9
    """Longer prompts are refused, in tokens."""
    digest: str = "0" * 64
    capabilities: tuple[str, ...] = ("completion",)
    models: tuple[str, ...] = (MODEL,)
    unlisted: tuple[str, ...] = ()
    """Models that it has, and does not list."""
    asked: list[Record] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    cancelled: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped_at: list[float] = field(default_factory=list)

    @property
    def prompts(self) -> list[str]:
        """The last message of each request."""
        return [each["messages"][-1]["content"] for each in self.asked]


def tokens_of(body: Record) -> int:
    """Return a count of the prompt's tokens, as a server might count."""
    return sum(3 * len(each["content"].split()) // 2 + 8 for each in body["messages"])


@contextmanager
def running() -> Iterator[ChatServer]:
    server = _Server()
    state = server.state
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = ChatServer()


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    @property
    def _state(self) -> ChatServer:
        return self.server.state

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        models = [
            {"name": name, "model": name, "digest": self._state.digest}
            for name in self._state.models
        ]
        self._json({"models": models})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/api/show":
            self._show(body["model"])
        elif not body["messages"]:  # the model is loaded when the API starts
            self._json({"message": {"content": ""}, "done": True, "done_reason": "load"})
        else:
            self._chat(body)

    def _show(self, model: str) -> None:
        known = self._state.models + self._state.unlisted
        if not {model, f"{model}:latest"}.intersection(known):
            self._json({"error": f"model '{model}' not found"}, 404)
            return
        info = {"test.context_length": CONTEXT_TOKENS}
        self._json({"capabilities": self._state.capabilities, "model_info": info})

    def _chat(self, body: Record) -> None:
        with self._state.lock:
            self._state.asked.append(body)
            self._state.running += 1
            self._state.most_running = max(self._state.most_running, self._state.running)
        try:
            self._write(body)
        except OSError:
            self._state.stopped_at.append(time.monotonic())
            self._state.cancelled += 1
        finally:
            with self._state.lock:
                self._state.running -= 1

    def _write(self, body: Record) -> None:
        tokens = tokens_of(body)
        if tokens > self._state.refuses_over:
            text = TOO_LONG.format(tokens=tokens, context=self._state.refuses_over)
            self._json({"error": text}, 400)
            return
        if self._state.status != 200:
            self._json({"error": self._state.error}, self._state.status)
            return
        records = self._state.answer(body)
        self.send_response(200)
        self.send_header("content-type", "application/x-ndjson")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self._wait(self._state.seconds_before)
        for record in records:
            if record.get("done") and record.get("prompt_eval_count", 0) is None:
                record["prompt_eval_count"] = tokens
            self._chunk(json.dumps(record).encode() + b"\n")
            if not record.get("done"):  # then the client may close the connection
                self._wait(self._state.seconds_a_record)
        while self._state.drips:
            self._chunk(self._state.drips.encode())
            self._wait(0.2)
        if self._state.closes_early:
            self.close_connection = True
            return
        self._chunk(b"")

    def _wait(self, seconds: float) -> None:
        """Wait, but notice that the client has left, as Ollama does."""
        until = time.monotonic() + seconds
        self.connection.settimeout(0.0)
        try:
            while time.monotonic() < until:
                self._check_open()
                time.sleep(0.005)
        finally:
            self.connection.settimeout(None)

    def _check_open(self) -> None:
        try:
            if self.connection.recv(1) == b"":
                raise ConnectionResetError
        except BlockingIOError:
            pass

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        self.wfile.flush()

    def _json(self, value: object, status: int = 200) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
