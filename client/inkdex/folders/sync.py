"""Makes the documents of a source those of a folder, and remembers what it did."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from inkdex.client import Inkdex
from inkdex.errors import NotFound
from inkdex.folders.plan import SETTLED_SECONDS, Plan, make_plan
from inkdex.folders.scan import Scan, scan
from inkdex.folders.sending import Sender, digest_of
from inkdex.folders.state import Entry, State
from inkdex.folders.texts import Source

MOVE_SECONDS = 60.0
"""How long a document keeps its former id until its new one is embedded."""
POLL_SECONDS = 0.5
IDS = 500


@dataclass(slots=True)
class Report:
    """What a sync did, or would do."""

    plan: Plan
    skipped: Counter[str]
    refused: dict[str, str] = field(default_factory=dict)
    """Why files were not sent, by path."""
    sent: int = 0
    removed: list[str] = field(default_factory=list)
    held: int = 0
    """How many are not removed because they are more than half of the source."""
    known: int = 0

    @property
    def changed_something(self) -> bool:
        """Say whether there was anything to do, or to tell."""
        return bool(self.plan.sent or self.removed or self.refused)


@dataclass(slots=True)
class Sync:
    """One folder, one source, one collection of one server."""

    client: Inkdex
    folder: Path
    source: Source
    collection: str | None
    state: State
    remove_all: bool = False
    """Whether more than half of the source may be removed at once."""
    on_progress: Callable[[int, int], None] | None = None
    _can_files: bool | None = None

    @contextmanager
    def open(self) -> Iterator[None]:
        """Read what is known of the source, and keep other runs out."""
        with self.state.locked():
            if not self.state.load():
                self._rebuild()
            yield

    def look(self) -> tuple[Scan, Report]:
        """Compare, and change nothing; raises OSError if the folder cannot be read."""
        found = scan(self.folder, with_files=self._takes_files())
        plan = make_plan(found, self.state.entries, self._digest, time.time())
        return found, Report(
            plan, found.skipped, dict(found.problems), known=len(self.state.entries)
        )

    def run(self) -> Report:
        """Send what is new, changed or renamed, and remove what is gone."""
        found, report = self.look()
        self._remember(found, report.plan)
        moved = self._send(found, report)
        self._finish_moves(report.plan, moved)
        self._remove(report)
        self.state.save()
        return report

    def _digest(self, path: str) -> str:
        return digest_of(self.folder / path)

    def _takes_files(self) -> bool:
        if self._can_files is None:
            self._can_files = self.client.description().has("POST /v1/files")
        return self._can_files

    def _rebuild(self) -> None:
        """Learn from the server what the source has. All hashes are unknown then."""
        documents = self.client.documents.list(
            collection=self.collection, filter={"source": self.source.name}
        )
        for each in documents:
            path, file = each.metadata.get("path"), each.metadata.get("file")
            if isinstance(path, str):
                is_file = isinstance(file, str)
                self.state.entries[path] = Entry(
                    str(file) if is_file else each.id, "file" if is_file else "text"
                )

    def _remember(self, found: Scan, plan: Plan) -> None:
        """Note what was seen and what was missed."""
        now = time.time()
        for path, entry in self.state.entries.items():
            if path in found.files:
                entry.absent_since = None
        for path in plan.unchanged:
            self.state.entries[path].stamp = _stamp(found, path, now)
        for path in plan.absent:
            entry = self.state.entries[path]
            if entry.absent_since is None or entry.absent_since > now:
                entry.absent_since = now

    def _send(self, found: Scan, report: Report) -> dict[str, str]:
        """Send files. Return the new ids of renamed ones by path."""
        sender = Sender(self.client, self.folder, self.source, self.collection)
        total, moved = len(report.plan.sent), {}
        now = time.time()
        for batch in sender.send(report.plan.sent):
            for each in batch:
                stamp = _stamp(found, each.path, now)
                self.state.entries[each.path] = Entry(each.id, each.kind, each.sha256, stamp)
                if each.path in report.plan.renamed:
                    moved[each.path] = each.id
            self.state.save()
            report.sent += len(batch)
            if self.on_progress:
                self.on_progress(report.sent, total)
        report.refused |= sender.refused
        return moved

    def _finish_moves(self, plan: Plan, moved: dict[str, str]) -> None:
        """Delete the former documents once the new ones have their vectors.

        What takes longer is removed by a later sync, as if the file were gone.
        """
        settled = self._settled(moved.values())
        now = time.time()
        for path, id_ in moved.items():
            former = plan.renamed[path]
            if id_ in settled:
                self._delete(former)
            else:
                self.state.entries[former].absent_since = now

    def _settled(self, ids: Iterable[str]) -> set[str]:
        """Wait until documents are no longer pending, and return those that are not."""
        waiting, settled = list(ids), set[str]()
        end = time.monotonic() + MOVE_SECONDS
        while waiting:
            pending = set[str]()
            for start in range(0, len(waiting), IDS):
                states = self.client.documents.states(
                    waiting[start : start + IDS], collection=self.collection
                )
                pending |= {each.id for each in states.items if each.status == "pending"}
            settled |= set(waiting) - pending
            waiting = sorted(pending)
            if time.monotonic() > end:
                break
            if waiting:
                time.sleep(POLL_SECONDS)
        return settled

    def _remove(self, report: Report) -> None:
        if report.plan.removes_too_much(report.known) and not self.remove_all:
            report.held = len(report.plan.removed)
            return
        for path in report.plan.removed:
            self._delete(path)
            report.removed.append(path)

    def _delete(self, path: str) -> None:
        entry = self.state.entries[path]
        with suppress(NotFound):
            if entry.kind == "file":
                self.client.files.delete(entry.id, collection=self.collection)
            else:
                self.client.documents.delete(entry.id, collection=self.collection)
        del self.state.entries[path]


def _stamp(found: Scan, path: str, now: float) -> str:
    """Return what tells whether a file has changed, or nothing where it could lie."""
    file = found.files[path]
    return file.stamp if now - file.modified > SETTLED_SECONDS else ""
