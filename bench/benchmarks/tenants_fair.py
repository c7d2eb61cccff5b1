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
NOISES = {
    "a bulk import": ("bulk",),
    "a flood of single writes": ("singles",),
    "both": ("bulk", "singles"),
}
WEIGHTS = (1.0, 3.0)
"""The weights of the noisy tenant. That of the quiet one is 1."""
SECONDS_BEFORE = 2.0
WRITE_EVERY_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 10.0
REMOVE_NOISE = "DELETE FROM jobs"
MODEL_SHARES = "SELECT tenant, sum(model_ms) AS used FROM tenant_shares GROUP BY tenant"


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Return the waits of the quiet tenant, alone and beside each noise."""
    writes = 3 if quick else 6
    with stack.running(environment={"INKDEX_ADMIN_KEY": ADMIN_KEY}) as served:
        tenants = Tenants(served)
        quiet = tenants.add("quiet", 1.0)
        noisy = {f"1:{weight:g}": tenants.add(f"noisy-{weight:g}", weight) for weight in WEIGHTS}
        rows = [{"name": "alone", **_measured(served, quiet, writes)}]
        for noise, kinds in NOISES.items():
            for way, key in {"former way": quiet, **noisy}.items():
                with _noise(served, key, kinds):
                    waits = _measured(served, quiet, writes)
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
    waits = [_wait(client, 0)]
    while time.monotonic() < give_up_at:
        waits.append(_wait(client, len(waits)))
    used = _used(served)
    total = sum(used.values()) - sum(before.values())
    quiet = used.get("quiet", 0.0) - before.get("quiet", 0.0)
    return {
        "p50_ms": statistics.median(waits) * 1000,
        "max_ms": max(waits) * 1000,
        "quiet_percent": 100 * quiet / total if total else 0.0,
    }


def _wait(client: Client, number: int) -> float:
    """Return the seconds from a small write to its readiness, at most LONGEST_WAIT_SECONDS.

    The next one is a second later.
    """
    started = time.perf_counter()
    path = f"/v1/documents/{number}?collection=quiet"
    status, answer = client.send("PUT", path, {"content": f"Ink dries quickly {time.time_ns()}."})
    assert status in {200, 201}, answer
    state = ""
    while state != "ready" and time.perf_counter() - started < LONGEST_WAIT_SECONDS:
        state = json.loads(client.send("GET", f"{path}&wait=1")[1])["status"]
    waited = time.perf_counter() - started
    time.sleep(max(0.0, WRITE_EVERY_SECONDS - waited))
    return waited


def _used(served: stack.Stack) -> dict[str, float]:
    with psycopg.connect(served.database_url) as connection:
        return dict(connection.execute(MODEL_SHARES).fetchall())
