import os
import subprocess
import sys
import time
from collections.abc import Sequence
from threading import Event
from types import SimpleNamespace

import httpx
import ollama
import pytest
import redis
from pydantic import SecretStr

from local import ports
from shared.adapters.celery.app import celery_app
from shared.adapters.celery.redis_transport import Channel, Transport
from shared.adapters.celery.wake_ups import BackgroundWakeUps, CeleryWakeUps
from shared.adapters.ollama.failures import translate
from shared.adapters.ollama.model_card import same_model
from shared.config import Settings
from shared.domain.documents.document import Lane
from shared.domain.errors import BrokerUnavailable, InkdexError, ModelUnavailable, TextRejected


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionError("no"), "unreachable"),
        (httpx.ConnectError("no"), "unreachable"),
        (httpx.RemoteProtocolError("broke off"), "unreachable"),
        (httpx.ReadError("reset"), "unreachable"),
        (httpx.ReadTimeout("slow"), "timeout"),
        (ollama.ResponseError("server busy", 503), "busy"),
        (ollama.ResponseError("oops", 500), "server_error"),
        (ollama.ResponseError("", 403), "server_error"),
        (ollama.ResponseError("do embedding request: Post ...: EOF", 400), "server_error"),
        (ollama.ResponseError("llama-server process no longer running", 400), "server_error"),
        (ollama.ResponseError('model "m" not found, try pulling it first', 404), "model_missing"),
        (
            ollama.ResponseError("this model does not support embeddings", 501),
            "wrong_kind_of_model",
        ),
        (ValueError("not json"), "bad_answer"),
    ],
)
def test_what_the_server_is_to_blame_for(error: Exception, reason: str) -> None:
    translated = translate(error, "m")
    assert isinstance(translated, ModelUnavailable)
    assert translated.reason == reason
    assert translated.message


def test_what_the_text_is_to_blame_for() -> None:
    def code(said: str) -> str:
        translated: InkdexError = translate(ollama.ResponseError(said, 400), "m")
        assert isinstance(translated, TextRejected)
        return translated.code

    assert code("the input length exceeds the context length") == "too_long"
    assert code("invalid input type") == "rejected_by_model"


def test_names_of_models() -> None:
    assert same_model("all-minilm", "all-minilm:latest")
    assert same_model("host:5000/a/m", "host:5000/a/m:latest")
    assert not same_model("all-minilm", "all-minilm:l6")


def test_a_channel_whose_connection_is_gone_is_an_outage() -> None:
    channel = Channel.__new__(Channel)
    channel.connection = SimpleNamespace(client=None)
    with pytest.raises(redis.ConnectionError):
        channel._connparams()


def test_the_guarded_transport_is_the_one_in_use(redis_url: str) -> None:
    app = celery_app(Settings(redis_url=SecretStr(redis_url)))
    with app.connection_for_write() as connection:
        assert isinstance(connection.transport, Transport)
        assert isinstance(connection.default_channel, Channel)


def test_a_broker_that_refuses_is_said_within_its_time_box() -> None:
    nobody = SecretStr(f"redis://127.0.0.1:{ports.free_port()}/0")
    with pytest.raises(BrokerUnavailable):
        CeleryWakeUps(celery_app(Settings(redis_url=nobody))).wake(Lane.BULK, [])


class Stuck:
    """A broker that takes the first message only when it is let go."""

    def __init__(self) -> None:
        self.let_go, self.taken = Event(), Event()
        self.sent: list[tuple[Lane, list[str]]] = []

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        self.taken.set()
        assert self.let_go.wait(10)
        self.sent.append((lane, list(ids)))
        if ids == ["odd"]:
            raise RuntimeError("anything at all")


def test_wake_ups_never_block_gather_and_outlive_any_error() -> None:
    broker = Stuck()
    wake_ups = BackgroundWakeUps(broker)
    wake_ups.start()
    wake_ups.wake(Lane.INTERACTIVE, ["odd"])
    assert broker.taken.wait(10)
    for n in range(1000):
        wake_ups.wake(Lane.INTERACTIVE, [str(n)])
    broker.let_go.set()
    wake_ups.stop(10)
    assert [lane for lane, _ in broker.sent] == [Lane.INTERACTIVE] * 2
    assert len(broker.sent[1][1]) == 100


class Away:
    """A broker that can't be reached."""

    def __init__(self) -> None:
        self.asked = 0
        self.tried = Event()

    def wake(self, _: Lane, __: Sequence[str]) -> None:
        self.asked += 1
        self.tried.set()
        raise BrokerUnavailable("it is away")


def test_a_broker_that_is_away_is_not_tried_for_every_write() -> None:
    broker = Away()
    wake_ups = BackgroundWakeUps(broker)
    wake_ups.start()
    wake_ups.wake(Lane.INTERACTIVE, ["first"])
    assert broker.tried.wait(10)
    for n in range(20):
        wake_ups.wake(Lane.INTERACTIVE, [str(n)])
        time.sleep(0.01)
    wake_ups.stop(10)
    assert broker.asked <= 2


SAY = """
import structlog
from shared.adapters.observability.logs import configure_logging
configure_logging("info")
structlog.get_logger().info("said.to.nobody")
print("went on")
"""


def test_a_log_that_can_not_be_written_stops_nobody() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", SAY], stdout=subprocess.PIPE, stderr=writer, check=False, timeout=30
    )
    os.close(writer)
    assert done.stdout == b"went on\n"


def test_a_database_url_that_is_none_is_not_shown() -> None:
    with pytest.raises(ValueError, match="PostgreSQL URL") as caught:
        Settings(database_url=SecretStr("mysql+x://user:S3CRET@host/db"))
    assert "S3CRET" not in str(caught.value)
    sqlalchemy_style = Settings(database_url=SecretStr("postgresql+psycopg://u:p@h/d"))
    assert sqlalchemy_style.database_url.get_secret_value() == "postgresql://u:p@h/d"
