"""The faults of a model server, for the proxy in front of it."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from itertools import count

from tests.support.proxy import Exchange, Fault, pass_on

Vectors = list[list[float]]


class Gate:
    """A fault that holds back texts with a word until it is opened."""

    def __init__(self, word: str = "") -> None:
        self.word = word
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        if self.holds(exchange) and not self.opened.is_set():
            self.reached.set()
            self.opened.wait(60)
        pass_on(exchange)

    def holds(self, exchange: Exchange) -> bool:
        """Return whether the request is held back while the gate is closed."""
        return exchange.path == "/api/embed" and any(self.word in text for text in exchange.texts)


def hang(exchange: Exchange) -> None:
    """Accept the request and never answer."""
    exchange.healed.wait()
    exchange.reset()


def reset(exchange: Exchange) -> None:
    exchange.reset()


def reset_in_mid_answer(exchange: Exchange) -> None:
    status_, body = exchange.forward()
    exchange.answer(status_, body, cut_after=len(body) // 2)
    exchange.reset()


def status(code: int, message: str) -> Fault:
    def fault(exchange: Exchange) -> None:
        exchange.answer(code, json.dumps({"error": message}).encode())

    return fault


busy = status(503, "server busy, please try again. maximum pending requests exceeded")
broken = status(500, "llama runner process has terminated: signal: killed")
runner_died = status(400, 'do embedding request: Post "http://127.0.0.1:1/embedding": EOF')
rejecting = status(400, "bad request")
"""A gateway that rejects every request."""
too_long = status(400, "the input length exceeds the context length")


garbage = status(200, "this is no embedding")


def html(exchange: Exchange) -> None:
    """A gateway that answers every request with a web page."""
    exchange.answer(200, b"<!doctype html><title>Welcome</title>")


def cut_json(exchange: Exchange) -> None:
    exchange.answer(200, b'{"embeddings": [[0.1, 0.2')


def drip(exchange: Exchange) -> None:
    """Answer a valid beginning, and then a byte every 0.2 s without end."""
    exchange.stream(_dripping(exchange))


def _dripping(exchange: Exchange) -> Iterator[bytes]:
    yield b'{"embeddings": [[0.1'
    while not exchange.healed.wait(0.2):
        yield b"0"


def endless(exchange: Exchange) -> None:
    """Answer fast and without end."""
    exchange.stream(itertools.repeat(b'{"embeddings": [[' + b"0.1, " * 200_000))


def slow(seconds: float) -> Fault:
    def fault(exchange: Exchange) -> None:
        exchange.healed.wait(seconds)
        pass_on(exchange)

    return fault


def other_weights(exchange: Exchange) -> None:
    """Serve another model under the same name."""
    (other_file if exchange.path == "/api/tags" else vectors(lambda vector: vector[::-1]))(exchange)


def other_file(exchange: Exchange) -> None:
    """Serve the model from another file."""
    if exchange.path == "/api/tags":
        _, body = exchange.forward()
        listed = json.loads(body)
        for model in listed["models"]:
            model["digest"] = model["digest"][::-1]
        exchange.answer(200, json.dumps(listed).encode())
    else:
        pass_on(exchange)


def missing(exchange: Exchange) -> None:
    """Behave like a server that has no model."""
    if exchange.path == "/api/tags":
        exchange.answer(200, b'{"models": []}')
    else:
        status(404, 'model "all-minilm" not found, try pulling it first')(exchange)


def vectors(change: Callable[[list[float]], list[float]], word: str = "") -> Fault:
    """Change the vectors of the texts that contain `word`."""

    def fault(exchange: Exchange) -> None:
        _pass_on_changed(
            exchange,
            lambda made: [
                change(vector) if word in text else vector
                for text, vector in zip(exchange.texts, made, strict=True)
            ],
        )

    return fault


def nan(vector: list[float]) -> list[float]:
    return [float("nan"), *vector[1:]]


def zeros(vector: list[float]) -> list[float]:
    return [0.0] * len(vector)


def other_dimension(vector: list[float]) -> list[float]:
    return vector[: len(vector) // 2]


def fewer(exchange: Exchange) -> None:
    """Answer one vector fewer than there are texts."""
    _pass_on_changed(exchange, lambda made: made[:-1])


def only_embed(fault: Fault) -> Fault:
    """Apply a fault to embeddings only: the server still lists its models."""
    return lambda exchange: (fault if exchange.path == "/api/embed" else pass_on)(exchange)


def only_with(word: str, fault: Fault) -> Fault:
    """Apply a fault only to batches that contain this word."""

    def chosen(exchange: Exchange) -> None:
        (fault if any(word in text for text in exchange.texts) else pass_on)(exchange)

    return chosen


def first(times: int, fault: Fault) -> Fault:
    """Apply a fault to the first requests only."""
    numbers = count()

    def chosen(exchange: Exchange) -> None:
        (fault if next(numbers) < times else pass_on)(exchange)

    return chosen


def _pass_on_changed(exchange: Exchange, change: Callable[[Vectors], Vectors]) -> None:
    status_, body = exchange.forward()
    if status_ == 200 and exchange.texts:
        answer = json.loads(body)
        answer["embeddings"] = change(answer["embeddings"])
        body = json.dumps(answer).encode()
    exchange.answer(status_, body)
