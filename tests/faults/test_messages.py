"""Messages are duplicated, stray or malformed."""

import base64
import json
import pickle
from typing import Any

import pytest
import redis

from shared.adapters.celery.app import EMBED_DOCUMENTS, celery_app
from shared.config import Settings
from tests.support.load import texts
from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.server_processes import Redis
from tests.support.system_fixtures import StartSystem


def test_duplicated_and_stray_messages_embed_nothing_twice(
    start_system: StartSystem, broker: Redis, proxy: Proxy
) -> None:
    system = start_system(workers=2)
    system.put_all(texts("before", 2))
    system.settle()
    proxy.forget()
    app = celery_app(Settings.model_validate({"redis_url": broker.url}))
    for round_ in range(5):
        system.put_all(texts(f"round-{round_}", 10))
        for _ in range(60):
            ids = [f"round-{round_}-0", "no-such-document"]
            app.send_task(EMBED_DOCUMENTS, args=[ids, "interactive"], queue="interactive")
            app.send_task(EMBED_DOCUMENTS, args=[[], "bulk"], queue="bulk")
    app.close()
    system.settle()
    assert sorted(proxy.texts) == sorted(
        text for n in range(5) for text in texts(f"round-{n}", 10).values()
    )
    system.assert_invariants()


def test_malformed_messages_stop_no_worker(start_system: StartSystem, broker: Redis) -> None:
    system = start_system()
    app = celery_app(Settings.model_validate({"redis_url": broker.url}))
    for args in ([], [["a"], "no-such-lane"], [None, None], [[], "bulk", "more"]):
        app.send_task(EMBED_DOCUMENTS, args=args, queue="interactive")
    app.send_task("no.such.task", queue="bulk")
    app.close()
    system.put_all(texts("after", 5))
    system.settle()
    system.assert_invariants()
    assert system.workers[0].starts == 1


TASK = [[["a"], "interactive"], {}, {"callbacks": None, "chord": None}]


def message(body: bytes, *, type_: str = "application/json", **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a message as Celery sends it, with changed headers."""
    headers = {"lang": "py", "task": EMBED_DOCUMENTS, "id": "1", "eta": None, "expires": None}
    return {
        "body": base64.b64encode(body).decode(),
        "content-type": type_,
        "content-encoding": "utf-8",
        "headers": headers | changes,
        "properties": {
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "interactive"},
            "body_encoding": "base64",
            "delivery_tag": "tag",
        },
    }


def without(*path: str) -> dict[str, Any]:
    """Return a proper message without one field."""
    complete = message(json.dumps(TASK).encode())
    parent = complete
    for name in path[:-1]:
        parent = parent[name]
    del parent[path[-1]]
    return complete


NO_TASKS: dict[str, bytes] = {
    "not_json": b"not json at all",
    "binary": b"\x80\x04\x95",
    "deep": b"[" * 100_000,
    "typed": b'{"__type__": "uuid", "__value__": 5}',
} | {
    name: json.dumps(value).encode()
    for name, value in {
        "null": None,
        "number": 5,
        "list": [1, 2],
        "other_object": {"a": 1},
        "no_headers": without("headers"),
        "no_body": without("body"),
        "no_task": without("headers", "task"),
        "no_id": without("headers", "id"),
        "no_tag": without("properties", "delivery_tag"),
        "no_address": without("properties", "delivery_info"),
        "headers_are_a_list": without("headers") | {"headers": [1]},
        "tag_is_an_object": without("properties")
        | {"properties": {"delivery_tag": {}, "delivery_info": {}, "body_encoding": "base64"}},
        "odd_base64": message(b"") | {"body": "%%%"},
        "empty_body": message(b""),
        "body_is_text": message(b'"x"'),
        "body_is_an_object": message(b'{"args": [["a"], "bulk"], "kwargs": 5}'),
        "body_is_not_utf8": message(b"\xff\xfe"),
        "callbacks": message(json.dumps([[], {}, {"callbacks": [{"task": "x"}]}]).encode()),
        "pickle": message(pickle.dumps(TASK), type_="application/x-python-serialize"),
        "yaml": message(b"!!python/object/apply:os.system [x]", type_="application/x-yaml"),
        "data": message(pickle.dumps(TASK), type_="application/data"),
        "unknown_task": message(json.dumps(TASK).encode(), task="no.such"),
        "task_is_a_list": message(json.dumps(TASK).encode(), task=["x"]),
        "far_eta": message(json.dumps(TASK).encode(), eta="2999-01-01T00:00:00+00:00"),
        "odd_eta": message(json.dumps(TASK).encode(), eta={"x": 1}),
        "odd_expiry": message(json.dumps(TASK).encode(), expires=[1]),
        "odd_limits": message(json.dumps(TASK).encode(), timelimit="x", retries="x"),
        "compressed": message(json.dumps(TASK).encode(), compression="application/x-gzip"),
    }.items()
}


def test_messages_that_are_no_tasks_stop_no_worker(
    start_system: StartSystem, broker: Redis
) -> None:
    system = start_system()
    pid = system.workers[0].pid
    with redis.Redis.from_url(broker.url) as client:
        for number in range(5):  # more than a worker prefetches
            for name, raw in NO_TASKS.items():
                client.lpush("interactive" if number % 2 else "bulk", raw)
                client.publish("/0.celery.pidbox", raw)
                client.hset("unacked", f"{name}-{number}", raw)
                client.zadd("unacked_index", {f"{name}-{number}": 1})
        system.put_all(texts("after", 5))
        system.settle()
        eventually(
            lambda: client.llen("interactive") == client.llen("bulk") == 0,
            "the worker takes every message",
            60,
            system.workers[0].log,
        )
        system.put_all(texts("later", 5))
        system.settle()
    system.assert_invariants()
    assert (system.workers[0].pid, system.workers[0].starts) == (pid, 1)
    assert system.workers[0].alive
    log = system.workers[0].log.read_text()
    assert "message.rejected" in log
    assert "!!python" not in log
    assert "not json at all" not in log


@pytest.mark.parametrize("kind", ["set", "zadd"])
def test_a_queue_of_another_type_stops_no_worker(
    kind: str, start_system: StartSystem, broker: Redis
) -> None:
    system = start_system()
    with redis.Redis.from_url(broker.url) as client:
        client.delete("interactive")
        client.execute_command(kind, "interactive", *(("x",) if kind == "set" else ("1", "x")))
        system.put_all(texts("during", 5))
        system.settle()
        client.delete("interactive")
    system.put_all(texts("after", 5))
    system.settle()
    system.assert_invariants()
    assert system.workers[0].starts == 1
