"""The stream of events has nothing of other tenants."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.api.access.apart import data
from tests.api.access.apart.conftest import Crowd
from tests.api.access.apart.data import NOTES, Secrets
from tests.api.access.apart.test_every_route import others
from tests.api.access.apart.transcript import steady_line
from tests.api.access.apart.worlds import World

Alone = Callable[[str], World]
LAST = "last"


def changed(client: httpx.Client, secrets: Secrets) -> None:
    """Make events of every kind."""
    id_ = f"{secrets['id']}-event"
    data.put(client, NOTES, id_, content=f"Ink {secrets['content']} dries.")
    data.wait_until_ready(client, NOTES, id_)
    data.done(
        client.patch(f"/v1/documents/{id_}", params={"collection": NOTES}, json={"title": "a"})
    )
    client.delete(f"/v1/documents/{id_}", params={"collection": NOTES})


@dataclass
class Reader:
    """Reads the events of a client until the document `last` is ready."""

    client: httpx.Client
    after: str | None = None

    def __post_init__(self) -> None:
        self.lines: list[str] = []
        self.headers = {"Last-Event-ID": self.after} if self.after else {}
        self.listens = threading.Event()
        self.thread = threading.Thread(target=self._read)
        self.thread.start()
        assert self.listens.wait(30)

    def _read(self) -> None:
        with self.client.stream("GET", "/v1/events", headers=self.headers, timeout=60) as answer:
            for line in answer.iter_lines():
                self.lines.append(line)
                self.listens.set()
                if f'"{LAST}"' in line and '"ready"' in line:
                    return

    def read(self) -> list[str]:
        self.thread.join(60)
        return self.lines


def documents(lines: list[str]) -> list[list[Any]]:
    """Return the events of documents, each with the length of its id."""
    found, length = [], 0
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "id":
            length = len(value)
        if field == "data" and "version" in (event := json.loads(value)):
            found.append([length, event])
    return found


def own_events(world: World, tenant: str, crowd: Crowd, *, is_crowded: bool) -> list[str]:
    """Return what a tenant sees of its own changes while others change too."""
    client = world.of(tenant)
    start = data.event_id(client)
    reader = Reader(world.of(tenant))
    for other in others(tenant) if is_crowded else ():
        changed(world.of(other), crowd.secrets[other])
    data.put(client, NOTES, LAST, content="The last letter is about ink.")
    lines = reader.read()
    resumed = Reader(world.of(tenant), after=start).read()
    client.delete(f"/v1/documents/{LAST}", params={"collection": NOTES})
    assert documents(resumed) == documents(lines)
    return lines


@pytest.mark.parametrize("tenant", ["default", "acme"])
def test_events_are_the_same_whether_others_write(crowd: Crowd, alone: Alone, tenant: str) -> None:
    found = own_events(crowd.world, tenant, crowd, is_crowded=True)
    expected = own_events(alone(tenant), tenant, crowd, is_crowded=False)
    assert documents(found) == documents(expected)
    assert len(documents(found)) == 2
    for other in others(tenant):
        for word in crowd.secrets[other].words.values():
            assert word not in "\n".join(found)


@pytest.mark.parametrize("tenant", ["default", "acme"])
def test_the_event_id_of_another_tenant_is_unknown(crowd: Crowd, alone: Alone, tenant: str) -> None:
    theirs = crowd.foreign[others(tenant)[0]].event_id
    first = []
    for world in (crowd.world, alone(tenant)):
        with world.of(tenant).stream(
            "GET", "/v1/events", headers={"Last-Event-ID": theirs}
        ) as answer:
            lines = answer.iter_lines()
            first.append([answer.status_code, *[steady_line(next(lines)) for _ in range(6)]])
    assert first[0] == first[1]
    assert "event: missed" in first[0]
