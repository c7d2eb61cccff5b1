"""The load: threads that write, edit, delete, import and search as users do."""

import json
import threading
import time
from collections.abc import Callable
from random import Random

import httpx

from tests.soak.fault_schedule import Weather
from tests.soak.ledger import Entry, Hot, State, Tally, canonical
from tests.soak.soak_system import POISON, House
from tests.support import loopback

COLLECTION = "soak"
POISON_SHARE = 0.02
TIMEOUT = httpx.Timeout(15.0, connect=2.0)
VOCABULARY = """
ink dries paper yellows letter press proof margin serif plate gutter folio quill
blot archive ledger column binding reader printer river stone garden winter engine signal
harbour copper thread violin market orchard lantern bridge glacier pepper canvas
"""


class Writer:
    """One user: owns its documents, shares the hot ones, and checks what it is answered."""

    def __init__(
        self, number: int, seed: int, house: House, weather: Weather, hot: Hot, tally: Tally
    ) -> None:
        self.entries: dict[str, Entry] = {}
        self._number = number
        self._random = Random(f"{seed}-{number}")
        self._house = house
        self._weather = weather
        self._hot = hot
        self._tally = tally
        self._made = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"writer-{number}", daemon=True)
        self._clients = [loopback.client(url, TIMEOUT) for url in house.urls]
        self._acts: list[tuple[int, Callable[[], None]]] = [
            (22, self._create),
            (18, self._edit_text),
            (5, self._edit_title),
            (8, self._edit_metadata),
            (6, self._edit_back),
            (9, self._delete),
            (3, self._bulk),
            (5, self._edit_hot),
            (20, self._search),
            (4, self._read),
            (0, self._retry),
        ]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the request in hand."""
        self._stopping.set()
        self._thread.join(60)
        for client in self._clients:
            client.close()

    def _run(self) -> None:
        weights = [max(weight, 0.3) for weight, _ in self._acts]
        acts = [act for _, act in self._acts]
        while not self._stopping.wait(self._random.expovariate(5.0)):
            try:
                self._random.choices(acts, weights)[0]()
            except Exception as error:  # noqa: BLE001 - a writer's own mistake is a finding too
                self._tally.complain(f"writer {self._number}: {type(error).__name__}: {error}")

    # ---- Writes

    def _create(self) -> None:
        id_, entry = self._absent()
        state = self._state()
        if self._random.random() < 0.5:
            body = {"id": id_, "collection": COLLECTION, **state.body()}
            self._write(entry, state, "create", "POST", "/v1/documents", body, expect=201)
        else:
            self._put(id_, entry, state, "create", expect=201)

    def _edit_text(self) -> None:
        for id_, entry, state in self._one():
            new = self._state()._replace(title=state.title, metadata=state.metadata)
            if self._random.random() < 0.5:
                self._put(id_, entry, new, "edit")
            else:
                self._patch(id_, entry, new, "edit", {"content": new.content})

    def _edit_title(self) -> None:
        for id_, entry, state in self._one():
            title = self._random.choice([None, self._words(3)])
            self._patch(id_, entry, state._replace(title=title), "edit", {"title": title})

    def _edit_metadata(self) -> None:
        for id_, entry, state in self._one():
            changed = {**json.loads(state.metadata), "n": self._random.randrange(1000)}
            new = state._replace(metadata=canonical(changed))
            self._patch(id_, entry, new, "metadata", {"metadata": {"n": changed["n"]}})

    def _edit_back(self) -> None:
        for id_, entry, _ in self._one():
            if entry.earlier:
                self._put(id_, entry, self._random.choice(entry.earlier), "edit")

    def _delete(self) -> None:
        for id_, entry, state in self._one():
            path = f"/v1/documents/{id_}"
            if self._write(entry, None, "delete", "DELETE", path, None, expect=204):
                self._expect_found(id_, state, there=False)

    def _bulk(self) -> None:
        lines: dict[str, State] = {}
        for _ in range(self._random.randrange(2, 12)):
            for id_, _, state in self._one():
                lines[id_] = self._random.choice([self._state(), state])
            if self._random.random() < 0.7:
                lines[self._absent()[0]] = self._state()
        body = "".join(
            json.dumps({"id": id_, "collection": COLLECTION, **state.body()}) + "\n"
            for id_, state in lines.items()
        )
        response = self._send(
            "POST",
            "/v1/documents/bulk",
            content=body,
            headers={"Content-Type": "application/x-ndjson"},
        )
        if response is None:
            return
        if response.status_code != 200:
            self._unanswered("bulk", response)
            for id_, state in lines.items():
                self.entries[id_].unclear.append(state)
            return
        answer = response.json()
        if answer["accepted"] + answer["unchanged"] != len(lines):
            self._tally.complain(f"bulk of {len(lines)} answered {answer}")
        for id_, state in lines.items():
            self.entries[id_].take(state)
            self._tally.count("accepted", "bulk line")

    def _edit_hot(self) -> None:
        id_ = self._random.choice(list(self._hot.entries))
        state = self._state()
        response = self._send(
            "PUT", f"/v1/documents/{id_}", params={"collection": COLLECTION}, json=state.body()
        )
        if response is None:
            return
        if response.status_code in {200, 201}:
            self._hot.take(id_, response.json()["version"], state)
            self._tally.count("accepted", "hot edit")
        else:
            self._unanswered("hot edit", response)
            self._hot.doubt(id_, state)

    def _retry(self) -> None:
        response = self._send("POST", "/v1/documents/retry", params={"status": "failed"})
        if response is not None and response.status_code != 202:
            self._unanswered("retry", response)

    # ---- Reads

    def _read(self) -> None:
        for id_, _, state in self._one():
            response = self._send("GET", f"/v1/documents/{id_}", params={"collection": COLLECTION})
            if response is None:
                continue
            if response.status_code >= 500:
                self._unanswered("read", response)
            elif response.status_code != 200 or _state_of(response.json()) != state:
                self._tally.complain(f"read of {id_} as {state}: {_said(response)}")

    def _search(self) -> None:
        mode = self._random.choices(["hybrid", "text", "semantic"], [6, 1, 1])[0]
        found = list(self._one())
        if found and self._random.random() < 0.3:
            id_, _, state = found[0]
            self._expect_found(id_, state, there=True)
            return
        response = self._ask(self._words(3), mode)
        if response is not None and response.status_code == 200:
            degraded = response.json()["degraded"] is not None
            self._tally.count("search answered", *["search degraded"] * degraded)

    def _expect_found(self, id_: str, state: State, *, there: bool) -> None:
        """Search by a document's own word: there from its write, gone from its delete."""
        response = self._ask(state.content.split()[-1], "text")
        if response is None or response.status_code != 200:
            return
        self._tally.count("search answered")
        found = {hit["document"]["id"] for hit in response.json()["hits"]}
        if (id_ in found) != there:
            self._tally.complain(f"{id_} {'not found' if there else 'found after its delete'}")

    def _ask(self, q: str, mode: str) -> httpx.Response | None:
        params = {"q": q, "mode": mode, "collection": COLLECTION}
        response = self._send("GET", "/v1/search", params=params)
        if response is None:
            return None
        if mode == "semantic" and response.status_code == 503 and "model" in response.text:
            self._tally.count("semantic search without a model")
        elif response.status_code != 200:
            self._unanswered("search", response)
        return response

    # ---- Requests

    def _put(self, id_: str, entry: Entry, state: State, act: str, expect: int = 200) -> None:
        path = f"/v1/documents/{id_}"
        self._write(entry, state, act, "PUT", path, state.body(), expect=expect)

    def _patch(
        self, id_: str, entry: Entry, state: State, act: str, patch: dict[str, object]
    ) -> None:
        self._write(entry, state, act, "PATCH", f"/v1/documents/{id_}", patch, expect=200)

    def _write(
        self,
        entry: Entry,
        state: State | None,
        act: str,
        method: str,
        path: str,
        body: object,
        *,
        expect: int,
    ) -> bool:
        """Send a write and note what its answer, or the lack of one, allows."""
        params = {"collection": COLLECTION}
        response = self._send(method, path, params=params, json=body)
        if response is None:
            return False
        if response.status_code == expect:
            entry.take(state)
            self._tally.count("accepted", act)
            return True
        self._unanswered(act, response)
        entry.unclear.append(state)
        return False

    def _send(self, method: str, path: str, **options: object) -> httpx.Response | None:
        """Send a request to either API; None if neither took it. A lost answer is a 599."""
        first = self._random.randrange(len(self._clients))
        for client in (self._clients[first], self._clients[1 - first]):
            started = time.monotonic()
            try:
                response = client.request(method, path, **options)  # type: ignore[arg-type]
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except httpx.TransportError as error:
                response = httpx.Response(599, text=f"{type(error).__name__}: {error}")
            response.extensions["started"] = started
            if method != "GET" and response.is_success:
                calm = self._weather.calm({"api", "postgres"}, started)
                self._tally.latency(time.monotonic() - started, calm=calm)
            return response
        self._tally.count("not taken by any API")
        if self._weather.calm({"api", "postgres"}, started):
            self._tally.complain(f"{method} {path}: no API took it")
        return None

    def _unanswered(self, act: str, response: httpx.Response) -> None:
        """Count a refusal; complain of it unless the APIs or PostgreSQL were just hurt."""
        status = response.status_code
        self._tally.count(f"{act}: {'no answer' if status == 599 else status}")
        excused = status in {503, 599} and not self._weather.calm(
            {"api", "postgres"}, response.extensions["started"]
        )
        if not excused:
            self._tally.complain(f"{self._weather.now()}: {act}: {_said(response)}")

    # ---- Material

    def _one(self) -> list[tuple[str, Entry, State]]:
        """Return one of our documents that is certainly there, or none."""
        for _ in range(20):
            if not self.entries:
                return []
            id_ = self._random.choice(list(self.entries))
            entry = self.entries[id_]
            if entry.state is not None and not entry.unclear:
                return [(id_, entry, entry.state)]
        return []

    def _absent(self) -> tuple[str, Entry]:
        """Return a document that is certainly not there: a new one, or one that was deleted."""
        gone = [
            id_
            for id_, entry in self.entries.items()
            if entry.acknowledged and entry.state is None and not entry.unclear
        ]
        if gone and self._random.random() < 0.1:
            id_ = self._random.choice(gone)
        else:
            id_ = f"w{self._number}-{len(self.entries)}"
        return id_, self.entries.setdefault(id_, Entry())

    def _state(self) -> State:
        """Return a document with a word of its own at its end."""
        self._made += 1
        words = self._words(self._random.randrange(5, 25))
        if self._random.random() < POISON_SHARE:
            words = f"{words} {POISON}"
        title = self._random.choice([None, self._words(2)])
        content = f"{words} word{self._number}x{self._made}"
        return State(title, content, canonical({"writer": self._number}))

    def _words(self, count: int) -> str:
        return " ".join(self._random.choices(VOCABULARY.split(), k=count))


def _state_of(document: dict[str, object]) -> State:
    metadata = document["metadata"]
    assert isinstance(metadata, dict)
    title = document["title"]
    return State(
        None if title is None else str(title), str(document["content"]), canonical(metadata)
    )


def _said(response: httpx.Response) -> str:
    return f"{response.status_code} {response.text[:300]}"
