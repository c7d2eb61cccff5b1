"""A receiver of webhooks on loopback that answers as a test tells it to."""

import base64
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()

Handler = http.server.BaseHTTPRequestHandler


@dataclass(frozen=True)
class Message:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def documents(self) -> list[dict[str, Any]]:
        documents: list[dict[str, Any]] = json.loads(self.body)["data"].get("documents", [])
        return documents

    def is_signed(self, secret: str) -> bool:
        try:
            Webhook(secret).verify(self.body, self.headers, json_parse=False)
        except WebhookVerificationError:
            return False
        return True


def answer(status: int, **headers: str) -> Callable[[Handler], None]:
    def answering(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answering


@dataclass
class Receiver:
    """The messages in order of arrival; `behave` answers each."""

    url: str = ""
    messages: list[Message] = field(default_factory=list)
    behave: Callable[[Handler], None] = field(default_factory=lambda: answer(204))
    released: threading.Event = field(default_factory=threading.Event)

    def hang(self, handler: Handler) -> None:
        self.released.wait(30)
        handler.close_connection = True

    def received(self) -> list[tuple[str, str]]:
        return [(each["id"], each["status"]) for m in list(self.messages) for each in m.documents]


@contextmanager
def running() -> Iterator[Receiver]:
    receiver = Receiver()

    class Server(Handler):
        def do_POST(self) -> None:  # noqa: N802 - the base class calls it so
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.messages.append(Message(self.path, headers, body))
            receiver.behave(self)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
