"""The load: threads that write, edit, delete, import and search as users do."""

import json
import threading
from collections.abc import Callable
from random import Random

from tests.soak.backlog import Backlog
from tests.soak.fault_schedule import FaultSchedule
from tests.soak.ledger import Entry, HotDocuments, State, Tally, canonical
from tests.soak.requests import COLLECTION, LATEST, Requests, shown
from tests.soak.sightings import Sightings
from tests.soak.texts import Texts

HOT_TITLE = "Evergreen"
"""No other document has this word."""


class Writer:
    """One user: owns its documents, shares the hot ones, and checks every answer."""

    def __init__(
        self,
        number: int,
        seed: int,
        urls: list[str],
        faults: FaultSchedule,
        hot: HotDocuments,
        backlog: Backlog,
        tally: Tally,
    ) -> None:
        self.entries: dict[str, Entry] = {}
        self._number = number
        self._random = Random(f"{seed}-{number}")
        self._faults = faults
        self._hot = hot
        self._sightings = Sightings()
        self._backlog = backlog
        self._tally = tally
        self._requests = Requests(urls, self._random, faults, tally)
        self._texts = Texts(number, self._random)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"writer-{number}", daemon=True)
        self._acts: list[tuple[int, Callable[[], None]]] = [
            (22, self._create),
            (18, self._edit_text),
            (5, self._edit_title),
            (8, self._edit_metadata),
            (6, self._edit_back),
            (9, self._delete),
            (3, self._bulk),
            (5, self._edit_hot),
            (5, self._search_hot),
            (20, self._search),
            (4, self._read),
            (0, self._retry),
        ]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the current request and stop."""
        self._stopping.set()
        self._thread.join(60)
        self._requests.close()

    def _run(self) -> None:
        while not self._stopping.wait(self._random.expovariate(5.0)):
            try:
                self._next_act()()
            except Exception as error:  # noqa: BLE001 - an error of the writer is a finding too
                self._tally.complain(f"writer {self._number}: {type(error).__name__}: {error}")

    def _next_act(self) -> Callable[[], None]:
        weights = [max(weight, 0.3) for weight, _ in self._acts]
        act = self._random.choices([act for _, act in self._acts], weights)[0]
        return self._search if self._backlog.is_long() and act != self._read else act

    # ---- Writes

    def _create(self) -> None:
        id_, entry = self._absent()
        state = self._texts.state()
        if self._random.random() < 0.5:
            body = {"id": id_, "collection": COLLECTION, **state.body()}
            self._write(entry, state, "create", "POST", "/v1/documents", body, expect=201)
        else:
            self._put(id_, entry, state, "create", expect=201)

    def _edit_text(self) -> None:
        for id_, entry, state in self._one():
            new = self._texts.state()._replace(title=state.title, metadata=state.metadata)
            if self._random.random() < 0.5:
                written = self._put(id_, entry, new, "edit")
            else:
                written = self._patch(id_, entry, new, "edit", {"content": new.content})
            if written:
                self._expect_found(id_, state, there=False)

    def _edit_title(self) -> None:
        for id_, entry, state in self._one():
            title = self._random.choice([None, self._texts.words(3)])
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
                lines[id_] = self._random.choice([self._texts.state(), state])
            if self._random.random() < 0.7:
                lines[self._absent()[0]] = self._texts.state()
        body = "".join(
            json.dumps({"id": id_, "collection": COLLECTION, **state.body()}) + "\n"
            for id_, state in lines.items()
        )
        response = self._requests.send(
            "POST",
            "/v1/documents/bulk",
            content=body,
            headers={"Content-Type": "application/x-ndjson"},
        )
        if response is None:
            return
        if response.status_code != 200:
            self._requests.unanswered("bulk", response)
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
        state = self._texts.state()._replace(title=HOT_TITLE)
        response = self._requests.send(
            "PUT", f"/v1/documents/{id_}", params={"collection": COLLECTION}, json=state.body()
        )
        if response is None:
            return
        if response.status_code in {200, 201}:
            version = response.json()["version"]
            self._hot.take(id_, version, state)
            self._sightings.told(id_, version)
            self._tally.count("accepted", "hot edit")
        else:
            self._requests.unanswered("hot edit", response)
            self._hot.doubt(id_, state)

    def _retry(self) -> None:
        response = self._requests.send("POST", "/v1/documents/retry", params={"status": "failed"})
        if response is not None and response.status_code != 202:
            self._requests.unanswered("retry", response)

    # ---- Reads

    def _read(self) -> None:
        for id_, _, state in self._one():
            path = f"/v1/documents/{id_}"
            response = self._requests.send("GET", path, params={"collection": COLLECTION})
            if response is None:
                continue
            if response.status_code >= 500:
                self._requests.unanswered("read", response)
            elif response.status_code != 200 or _state_of(response.json()) != state:
                self._tally.complain(f"read of {id_} as {state}: {shown(response)}")

    def _search(self) -> None:
        mode = self._random.choices(["hybrid", "text", "semantic"], [6, 1, 1])[0]
        found = list(self._one())
        if found and self._random.random() < 0.3:
            id_, _, state = found[0]
            self._expect_found(id_, state, there=True)
            return
        seen = self._random.choice([None, self._requests.seen])
        response = self._requests.search(self._texts.words(3), mode, seen)
        if response is not None and response.status_code == 200:
            degraded = response.json()["degraded"] is not None
            self._tally.count("search answered", *["search degraded"] * degraded)

    def _expect_found(self, id_: str, state: State, *, there: bool) -> None:
        """Search by a word that no other text has: it must be found unless it is gone."""
        seen = self._random.choice([self._requests.seen, LATEST])
        response = self._requests.search(state.content.split()[-1], "text", seen)
        if response is None or response.status_code != 200:
            return
        self._tally.count("search answered", "search of an own write")
        found = {hit["document"]["id"] for hit in response.json()["hits"]}
        if (id_ in found) != there:
            finding = "not found" if there else "found by a text that is gone"
            self._tally.complain(f"{self._faults.describe()}: {id_} {finding}, seen {seen}")

    def _search_hot(self) -> None:
        """See no older version than before, of documents that all edit."""
        seen = self._random.choice([self._requests.seen, LATEST])
        response = self._requests.search(HOT_TITLE, "text", seen)
        if response is None or response.status_code != 200:
            return
        self._tally.count("search answered", "search of hot documents")
        hits = [hit["document"] for hit in response.json()["hits"]]
        found = {hit["id"]: int(hit["version"]) for hit in hits}
        for older in self._sightings.found(found, is_latest=seen == LATEST):
            self._tally.complain(f"{self._faults.describe()}: {older}, seen {seen}")

    # ---- Requests

    def _put(self, id_: str, entry: Entry, state: State, act: str, expect: int = 200) -> bool:
        path = f"/v1/documents/{id_}"
        return self._write(entry, state, act, "PUT", path, state.body(), expect=expect)

    def _patch(
        self, id_: str, entry: Entry, state: State, act: str, patch: dict[str, object]
    ) -> bool:
        return self._write(entry, state, act, "PATCH", f"/v1/documents/{id_}", patch, expect=200)

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
        """Send a write and record the states that its answer allows."""
        params = {"collection": COLLECTION}
        response = self._requests.send(method, path, params=params, json=body)
        if response is None:
            return False
        if response.status_code == expect:
            entry.take(state)
            self._tally.count("accepted", act)
            return True
        self._requests.unanswered(act, response)
        entry.unclear.append(state)
        return False

    # ---- Choosing documents

    def _one(self) -> list[tuple[str, Entry, State]]:
        """Return one of our documents that certainly exists, if there is one."""
        for _ in range(20):
            if not self.entries:
                return []
            id_ = self._random.choice(list(self.entries))
            entry = self.entries[id_]
            if entry.state is not None and not entry.unclear:
                return [(id_, entry, entry.state)]
        return []

    def _absent(self) -> tuple[str, Entry]:
        """Return a document that certainly does not exist: a new or a deleted one."""
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


def _state_of(document: dict[str, object]) -> State:
    metadata = document["metadata"]
    assert isinstance(metadata, dict)
    title = document["title"]
    return State(
        None if title is None else str(title), str(document["content"]), canonical(metadata)
    )
