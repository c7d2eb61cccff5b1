"""Several clients at once, clients that leave, and processes that end."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.model_server.chat.client import ENDLESS, Chat
from tests.support.model_server import Server, running_server
from tests.support.processes import eventually

ENDLESSLY = {"repeat_penalty": 1}
LONG = [{"role": "user", "content": "ink is slow to dry " * 700}]  # many batches


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Server, Chat]]:
    """A server that a test may break."""
    with (
        running_server(tmp_path) as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        yield server, Chat(client)


def runner(server: Server) -> psutil.Process:
    """Return the process of llama.cpp."""
    (process,) = psutil.Process(server.process.pid).children()
    return process


def test_a_closed_stream_ends_the_generation(chat: Chat) -> None:
    with chat.stream(ENDLESS, tokens=4000, options=ENDLESSLY) as lines:
        next(lines)
    started = time.perf_counter()
    chat.answer(tokens=1)
    assert time.perf_counter() - started < 20  # 4,000 tokens would take a minute


def test_a_client_that_leaves_before_the_first_piece_ends_the_prompt(
    server: Server, chat: Chat
) -> None:
    chat.answer([])
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{server.url}/api/chat",
            json={"model": "smollm2", "messages": LONG},
            timeout=0.3,
        )
    answer = chat.answer(tokens=1)
    queued = answer["total_duration"] - answer["prompt_eval_duration"]
    assert queued < 10e9  # the prompt would take half a minute on a busy machine
    eventually(lambda: "/api/chat 499" in server.log, "the request is logged", 10)


def test_a_client_that_leaves_the_queue_is_not_answered(chat: Chat, server: Server) -> None:
    with chat.stream(ENDLESS, tokens=4000, options=ENDLESSLY) as lines:
        next(lines)
        before = server.log.count("/api/chat 499")
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{server.url}/api/chat", json={"model": "smollm2", "messages": LONG}, timeout=0.3
            )
        eventually(lambda: server.log.count("/api/chat 499") > before, "it is given up", 10)
        assert next(lines)["done"] is False  # the other goes on
    chat.answer(tokens=1)


def test_two_chats_take_turns_in_order(chat: Chat, pool: ThreadPoolExecutor) -> None:
    with chat.stream(ENDLESS, tokens=60, options=ENDLESSLY) as lines:
        next(lines)
        second = pool.submit(chat.answer, tokens=1)
        *_, last = lines
        assert last["done"]
        answer = second.result()
    timed = sum(answer[f"{part}_duration"] for part in ("load", "prompt_eval", "eval"))
    assert answer["total_duration"] > timed  # the wait is in no other field


def test_an_embedding_does_not_wait_for_a_chat(chat: Chat) -> None:
    with chat.stream(ENDLESS, tokens=4000, options=ENDLESSLY) as lines:
        next(lines)
        embedded = chat.http.post("/api/embed", json={"model": "all-minilm", "input": "ink"})
        assert embedded.status_code == 200
        assert not next(lines)["done"]


def test_a_runner_that_dies_is_an_error_in_the_stream(own: tuple[Server, Chat]) -> None:
    server, chat = own
    with chat.stream(ENDLESS, tokens=4000, options=ENDLESSLY) as lines:
        next(lines)
        runner(server).kill()
        *_, last = lines
    assert last == {"error": "an error was encountered while running the model: unexpected EOF"}
    assert chat.answer(tokens=1)["eval_count"] == 1  # in a new runner


def test_a_runner_that_dies_between_answers_is_replaced(own: tuple[Server, Chat]) -> None:
    server, chat = own
    chat.answer([])
    runner(server).kill()
    eventually(lambda: len(chat.http.get("/api/ps").json()["models"]) == 2, "it is noticed", 10)
    assert chat.answer(tokens=1)["eval_count"] == 1


def test_a_server_that_stops_ends_its_runner(own: tuple[Server, Chat]) -> None:
    server, chat = own
    with chat.stream(ENDLESS, tokens=4000, options=ENDLESSLY) as lines:
        next(lines)
        llama = runner(server)
        server.process.send_signal(signal.SIGTERM)
        *_, last = lines
        assert server.process.wait(20) == 0
    assert last == {"error": "server is stopping"}
    llama.wait(20)
    assert "Traceback" not in server.log


def test_a_server_that_is_killed_ends_its_runner(own: tuple[Server, Chat]) -> None:
    server, chat = own
    chat.answer([])
    llama = runner(server)
    server.process.kill()
    llama.wait(20)


def test_only_the_server_can_use_its_runner(own: tuple[Server, Chat]) -> None:
    server, chat = own
    chat.answer([])
    (listening,) = [each for each in runner(server).net_connections() if each.status == "LISTEN"]
    assert listening.laddr.ip == "127.0.0.1"
    url = f"http://127.0.0.1:{listening.laddr.port}/completion"
    assert httpx.post(url, json={"prompt": "ink", "n_predict": 1}).status_code == 401
