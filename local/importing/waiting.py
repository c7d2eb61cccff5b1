"""Waits until the documents of an import are ready, whatever else is pending."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local.importing.client import Client
from local.importing.items import shown
from local.importing.sent_documents import SentDocuments
from local.output import progress_bar, show_wait

POLL_SECONDS = 0.5
FAILURES_KEPT = 20
SETTLED = frozenset({"ready", "failed"})


@dataclass(slots=True)
class Outcome:
    """What became of the documents, with the first FAILURES_KEPT that failed."""

    ready: int = 0
    failed: int = 0
    deleted: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def settled(self) -> int:
        return self.ready + self.failed + self.deleted

    def add(self, states: list[dict[str, Any]]) -> None:
        """Count documents that are no longer pending."""
        for state in states:
            if state["status"] == "ready":
                self.ready += 1
                continue
            self.failed += 1
            if len(self.failures) < FAILURES_KEPT:
                self.failures.append(f"{shown(state['id'])}: {state['error_message']}")


def wait(client: Client, sent: SentDocuments) -> Outcome:
    """Show the progress until no document of the import is pending."""
    outcome, total, started = Outcome(), len(sent), time.monotonic()
    with progress_bar() as bar:
        task = bar.add_task("becoming ready", total=total, rate="")
        for collection, ids in sent.batches():
            for paused in _settle(client, collection, ids, outcome):
                rate = outcome.settled / (time.monotonic() - started + 1e-9)
                text = f"paused: {paused}" if paused else f"{rate:,.0f}/s"
                bar.update(task, completed=outcome.settled, rate=text)
    return outcome


def wait_for_files(client: Client, sent: SentDocuments) -> Outcome:
    """Show the progress until each file is read and embedded, or failed."""
    outcome = Outcome()
    with progress_bar() as bar:
        task = bar.add_task("reading files", total=len(sent), rate="")
        for collection, ids in sent.batches():
            for id_ in ids:
                _settle_file(client, collection, id_, outcome)
                bar.update(task, completed=outcome.settled)
    return outcome


def _settle_file(client: Client, collection: str, id_: str, outcome: Outcome) -> None:
    while (state := client.file_state(collection, id_)) is not None:
        if state.status in SETTLED:
            error = {"id": id_, "status": state.status, "error_message": state.error}
            outcome.add([error])
            return
        time.sleep(POLL_SECONDS)
    outcome.deleted += 1


def _settle(
    client: Client, collection: str, ids: list[str], outcome: Outcome
) -> Iterator[str | None]:
    """Count the documents as they settle. Yield why the workers pause, or None, in between."""
    reported = None
    while ids:
        states = client.states(collection, ids)
        settled = [state for state in states if state["status"] != "pending"]
        outcome.add(settled)
        outcome.deleted += len(ids) - len(states)
        ids = [state["id"] for state in states if state["status"] == "pending"]
        paused = client.paused_reason() if ids else None
        if paused and paused != reported:
            show_wait(f"the workers are paused ({paused}). Everything you sent is stored")
        reported = paused
        yield paused
        if ids:
            time.sleep(POLL_SECONDS)
