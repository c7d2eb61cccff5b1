"""How long a tenant's single writes wait beside another tenant that writes as much as it can.

In the former way, both were one tenant with several collections, which took turns.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from bench import stack
from bench.noise import Client

ADMIN_KEY = "an operator of the benchmark has this key"
QUIET = "quiet"
NOISES = {
    "a bulk import": ("bulk",),
    "a flood of single writes": ("singles",),
    "both": ("bulk", "singles"),
}
WEIGHTS = (1.0, 3.0)
"""The weights of the noisy tenant. That of the quiet one is 1."""
SECONDS_BEFORE = 2.0
WRITE_EVERY_SECONDS = 1.0
LATEST_REQUESTS = """
SELECT max(ms) FROM (
    SELECT unnest(embedding_ms[cardinality(embedding_ms) - 11:]) AS ms FROM workers
) AS latest
"""
LONGEST_WAIT_SECONDS = 10.0
REMOVE_NOISE = "DELETE FROM jobs"
MODEL_SHARES = "SELECT tenant, sum(model_ms) AS used FROM tenant_shares GROUP BY tenant"


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Return the waits of the quiet tenant, alone and beside each noise."""
    writes = 3 if quick else 6
    with stack.running(environment={"INKDEX_ADMIN_KEY": ADMIN_KEY}) as served:
        tenants = Tenants(served)
        quiet, both = tenants.add(QUIET, 1.0), tenants.add("both", 1.0)
        noisy = {f"1:{weight:g}": tenants.add(f"noisy-{weight:g}", weight) for weight in WEIGHTS}
        rows = [{"name": "alone", **_measured(served, quiet, writes)}]
        for noise, kinds in NOISES.items():
            for way, key in {"former way": both, **noisy}.items():
                with _noise(served, key, kinds):
                    waits = _measured(served, both if key == both else quiet, writes)
                rows.append({"name": f"{noise}, {way}", **waits})
        return rows


class Tenants:
    """Adds tenants, each with a key."""

    def __init__(self, served: stack.Stack) -> None:
        self._operator = Client(served.api, ADMIN_KEY)

    def add(self, name: str, weight: float) -> str:
        """Return the key of a new tenant."""
        until = time.monotonic() + 30
        while self._post("/v1/tenants", {"name": name, "weight": weight})[0] != 201:
            assert time.monotonic() < until, "the tenant cannot be added"
            time.sleep(0.2)  # until the worker has adopted a model
        scopes = [{"actions": ["*"]}]
        status, key = self._post("/v1/keys", {"name": name, "tenant": name, "scopes": scopes})
        assert status == 201, key
        return str(key["key"])

    def _post(self, path: str, body: object) -> tuple[int, dict[str, Any]]:
        status, answer = self._operator.send("POST", path, body)
        return status, json.loads(answer)


@contextmanager
def _noise(served: stack.Stack, key: str, kinds: Sequence[str]) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.noise", served.api, key, *kinds]
    noise = subprocess.Popen(command, cwd=stack.ROOT)  # noqa: S603 - the command is ours
    try:
        time.sleep(SECONDS_BEFORE)
        yield
    finally:
        noise.kill()
        noise.wait()
        with psycopg.connect(served.database_url, autocommit=True) as connection:
            connection.execute(REMOVE_NOISE)


def _measured(served: stack.Stack, key: str, writes: int) -> dict[str, float]:
    client = Client(served.api, key)
    before = _used(served)
    give_up_at = time.monotonic() + WRITE_EVERY_SECONDS * writes
    accepted: list[float] = []
    waits: list[float] = []
    while not waits or time.monotonic() < give_up_at:
        answered, waited = _write(client, len(waits))
        accepted.append(answered)
        waits.append(waited)
    used = _used(served)
    total = sum(used.values()) - sum(before.values())
    quiet = used.get(QUIET, 0.0) - before.get(QUIET, 0.0)
    return {
        "accepted_p50_ms": statistics.median(accepted) * 1000,
        "p50_ms": statistics.median(waits) * 1000,
        "max_ms": max(waits) * 1000,
        "request_max_ms": _longest_request(served),
        "quiet_percent": 100 * quiet / total if total else 0.0,
    }


def _write(client: Client, number: int) -> tuple[float, float]:
    """Return the seconds until a small write is accepted, and from then until it is ready.

    The next one is a second later.
    """
    started = time.perf_counter()
    path = f"/v1/documents/{number}?collection=quiet"
    status, answer = client.send("PUT", path, {"content": f"Ink dries quickly {time.time_ns()}."})
    assert status in {200, 201}, answer
    accepted = time.perf_counter()
    give_up_at, state = accepted + LONGEST_WAIT_SECONDS, ""
    while state != "ready" and time.perf_counter() < give_up_at:
        state = json.loads(client.send("GET", f"{path}&wait=1")[1])["status"]
    ready = time.perf_counter()
    time.sleep(max(0.0, WRITE_EVERY_SECONDS - (ready - started)))
    return accepted - started, ready - accepted


def _longest_request(served: stack.Stack) -> float:
    """Return the longest of the latest requests to the model, in milliseconds."""
    with psycopg.connect(served.database_url) as connection:
        row = connection.execute(LATEST_REQUESTS).fetchone()
    return float(row[0]) if row and row[0] else 0.0


def _used(served: stack.Stack) -> dict[str, float]:
    with psycopg.connect(served.database_url) as connection:
        return dict(connection.execute(MODEL_SHARES).fetchall())
