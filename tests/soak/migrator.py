"""Changes the model there and back under load, and searches for documents that nobody edits."""

import json
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Any

import httpx

from tests.soak.fault_schedule import FaultSchedule
from tests.soak.ledger import Entry, State, Tally
from tests.soak.requests import COLLECTION, Requests, shown

MODELS = ("wordllama", "all-minilm")
STABLE = 100
"""Documents of a group, at most a page of hits."""
SAME = 0.98
"""A text and its own chunk are so similar under one model, and far less under two."""
POLL_SECONDS = 0.3
PATH = f"/v1/collections/{COLLECTION}/migrations"


class Migrator:
    """Migrates the collection of the soak again and again, with a rollback each time."""

    def __init__(self, seed: int, urls: list[str], faults: FaultSchedule, tally: Tally) -> None:
        self._random = Random(f"{seed}-migrator")
        self._tally = tally
        self._requests = Requests(urls, self._random, faults, tally)
        self._searches = Requests(urls, Random(f"{seed}-searcher"), faults, tally)
        self._stopping = threading.Event()
        self._texts = [
            f"Stable document {n} tells of {self._random.random()} and {self._random.random()}."
            for n in range(STABLE)
        ]
        self.entries = {
            f"stable-{n}": Entry(State(None, text, '{"group": "stable"}'), acknowledged=True)
            for n, text in enumerate(self._texts)
        }
        self._threads = [
            threading.Thread(target=run, args=(act,), daemon=True)
            for run, act in ((self._repeat, self._migrate), (self._repeat, self._search))
        ]

    def start(self) -> None:
        """Store the stable documents and wait until they are ready, then begin."""
        for id_, entry in self.entries.items():
            state = entry.state
            assert state is not None
            body = {"content": state.content, "metadata": json.loads(state.metadata)}
            self._ask("PUT", f"/v1/documents/{id_}?collection={COLLECTION}", body)
        while self._ask("GET", f"/v1/documents?collection={COLLECTION}&status=pending")["items"]:
            time.sleep(POLL_SECONDS)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the migration that runs, and stop."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(180)
            if thread.is_alive():
                self._tally.complain("a migration did not end")
        self._requests.close()
        self._searches.close()

    def _repeat(self, act: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                act()
            except Exception as error:  # noqa: BLE001 - an error of the migrator is a finding too
                self._tally.complain(f"migrator: {type(error).__name__}: {error}")

    def _migrate(self) -> None:
        for model in MODELS:
            if self._stopping.is_set():
                return
            id_ = self._begin(model)["id"]
            self._wait(id_, "switched")
            self._act(id_, "rollback", "rolled_back")
            self._act(id_, "cutover", "switched")
            self._act(id_, "finish", "dropping", "done")
            self._wait(id_, "done")
            self._tally.count("migrations")

    def _begin(self, model: str) -> dict[str, Any]:
        """Start a migration. A lost answer may have started one."""
        self._ask("POST", PATH, {"model": model}, 202, 409)
        found: dict[str, Any] = self._ask("GET", PATH)["items"][0]
        return found

    def _act(self, id_: int, action: str, *states: str) -> None:
        """Ask again as long as the state forbids it, documents are not embedded, or it is busy."""
        while self._ask("GET", f"{PATH}/{id_}")["state"] not in states:
            self._ask("POST", f"{PATH}/{id_}/{action}", {}, 200, 409, 429)
            time.sleep(POLL_SECONDS)

    def _wait(self, id_: int, *states: str) -> None:
        while self._ask("GET", f"{PATH}/{id_}")["state"] not in states:
            time.sleep(POLL_SECONDS)

    def _ask(self, method: str, path: str, body: object = None, *expected: int) -> dict[str, Any]:
        """Repeat a request until it is answered as expected."""
        while True:
            response = self._requests.send(method, path, json=body)
            if response is not None and response.status_code in (expected or (200, 201)):
                answer: dict[str, Any] = response.json()
                return answer
            if response is not None and not _is_of_a_fault(response):
                self._tally.complain(f"{method} {path}: {shown(response)}")
            time.sleep(POLL_SECONDS)

    def _search(self) -> None:
        self._search_a_document()
        self._search_the_group()
        time.sleep(0.05)

    def _search_a_document(self) -> None:
        """The text of a document finds it, by a vector of the model that is active."""
        number = self._random.randrange(STABLE)
        answer = self._answer({"q": self._texts[number], "mode": "hybrid", "limit": "3"})
        if answer is None:
            return
        self._tally.count("known documents searched")
        best = answer["hits"][0] if answer["hits"] else {"document": {"id": None}}
        alike = (best.get("nearest") or {}).get("similarity") or 0
        found = best["document"]["id"] == f"stable-{number}"
        if not (found and (answer["degraded"] or alike > SAME)):
            self._tally.complain(f"stable-{number} was not found by its text: {best}")

    def _search_the_group(self) -> None:
        """A search by meaning finds every document of the group, under either model."""
        answer = self._answer(
            {
                "q": "stable document",
                "mode": "semantic",
                "limit": str(STABLE),
                "filter": json.dumps({"group": "stable"}),
            }
        )
        if answer is not None and len(answer["hits"]) != STABLE:
            self._tally.complain(f"a search saw {len(answer['hits'])} of {STABLE} documents")

    def _answer(self, params: dict[str, str]) -> dict[str, Any] | None:
        params |= {"collection": COLLECTION}
        response = self._searches.send("GET", "/v1/search", params=params)
        if response is None:
            return None
        if response.status_code == 503 and "model" in response.text:
            return None
        if response.status_code != httpx.codes.OK:
            self._searches.unanswered("search", response)
            return None
        answer: dict[str, Any] = response.json()
        return answer


def _is_of_a_fault(response: httpx.Response) -> bool:
    """Return whether a fault explains a refusal. A model that is missing cannot be migrated to."""
    is_missing = response.status_code == 422 and "does not have the model" in response.text
    return is_missing or response.status_code in {429, 503, 599}
