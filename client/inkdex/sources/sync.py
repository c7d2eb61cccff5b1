"""Makes the files of a source those of a place, and remembers what it did."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from inkdex.client import Inkdex
from inkdex.errors import InkdexError, NotFound
from inkdex.sources.folder import Folder
from inkdex.sources.origin import FileOrigin, RowOrigin, Scan
from inkdex.sources.plan import SETTLED_SECONDS, Plan, make_plan
from inkdex.sources.reading import READ_SECONDS, Reading, RowReading
from inkdex.sources.refusals import Refusals
from inkdex.sources.row_sending import RowSender
from inkdex.sources.sending import FileSender, Sender
from inkdex.sources.source import Source
from inkdex.sources.state import Entry, State, state_of
from inkdex.sources.stored import Stored

MOVE_SECONDS = 60.0
"""How long a sync waits for renamed files to be read. A later one finishes the others."""
WAIT_SECONDS = 5.0
COMPARE_SECONDS = 600.0
"""So often what was sent is compared with what the server has."""
SAVE_SECONDS = 10.0
"""So often the state is written, so that an interrupted sync continues there."""


@dataclass(slots=True)
class Report:
    """What a sync did, or would do."""

    plan: Plan
    skipped: dict[str, list[str]]
    refused: dict[str, str] = field(default_factory=dict)
    """Why files were not sent, by path."""
    unread: dict[str, str] = field(default_factory=dict)
    """Why the server could not read or embed files of the source, by path."""
    sent: int = 0
    removed: list[str] = field(default_factory=list)
    held: int = 0
    """How many are not removed because they are more than half of the source."""
    known: int = 0


@dataclass(slots=True)
class Sync:
    """One place, one source, one collection of one server."""

    client: Inkdex
    origin: FileOrigin | RowOrigin
    source: Source
    collection: str | None
    state: State
    is_named: bool = True
    """Whether the user has named the source. Otherwise it has the name of the place."""
    remove_all: bool = False
    """Whether more than half of the source may be removed at once."""
    on_progress: Callable[[int, int], None] | None = None
    _refusals: Refusals = field(init=False)

    def __post_init__(self) -> None:
        """Begin without refusals."""
        self._refusals = Refusals(self.origin.digest)

    @classmethod
    def of(
        cls,
        client: Inkdex,
        origin: FileOrigin | RowOrigin,
        source: str | None = None,
        collection: str | None = None,
    ) -> Self:
        """Return the sync of a place. Its name is the source if none is given."""
        named = Source.of(source or origin.name)
        url, tenant = str(client.http.base_url), client.whoami().tenant
        state = state_of(url, tenant, collection or "default", named.name)
        return cls(client, origin, named, collection, state, is_named=source is not None)

    @property
    def reading(self) -> Reading:
        """What the server makes of what was sent."""
        kind = RowReading if isinstance(self.origin, RowOrigin) else Reading
        return kind(self.client, self.source, self.collection)

    def _sender(self) -> Sender:
        if isinstance(self.origin, RowOrigin):
            return RowSender(self.client, self.origin, self.source, self.collection)
        return FileSender(self.client, self.origin, self.source, self.collection)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Read what is known of the source, and keep other runs out; raises InkdexError."""
        with closing(self.origin), self.state.locked():
            if not self.state.load():
                stored = Stored(self.client, self.source, self.collection)
                self.state.entries.update(stored.entries())
                self.state.compared_at = time.time()
            self._require_same_place()
            yield

    def _require_same_place(self) -> None:
        """Raise InkdexError if another place of the same name is the source."""
        place = self.origin.address
        if not self.is_named and self.state.place not in {"", place}:
            raise InkdexError(
                f"The source {self.source.name} is {self.state.place}. Give this one another name "
                "with --source, or the same name if it has moved."
            )
        self.state.place = place

    def look(self) -> tuple[Scan, Report]:
        """Compare, and send nothing; raises OSError or InkdexError if the place cannot be read."""
        found, known = self.origin.scan(), len(self.state.entries)
        self._forget_lost(found)
        self._refusals.leave_out(found)
        plan = make_plan(found, self.state.entries, self.origin.digest, time.time())
        return found, Report(plan, found.skipped, dict(found.problems), known=known)

    def run(self) -> Report:
        """Send what is new, changed or renamed, and remove what is gone."""
        found, report = self.look()
        try:
            self._remember(found, report.plan)
            self._send(found, report)
            self._finish_moves()
            self._remove(report)
        finally:
            self.state.save()
        return report

    def _forget_lost(self, found: Scan) -> None:
        """Forget what is there and the server has lost, so that it is sent again."""
        if 0 <= time.time() - self.state.compared_at < COMPARE_SECONDS:
            return
        lost = Stored(self.client, self.source, self.collection).lost(self.state.entries.values())
        for path in found.files:
            if path in self.state.entries and self.state.entries[path].id in lost:
                del self.state.entries[path]
        self.state.compared_at = time.time()

    def _remember(self, found: Scan, plan: Plan) -> None:
        """Note what was seen and what was missed."""
        now = time.time()
        for path, entry in self.state.entries.items():
            if path in found.files:
                entry.absent_since = entry.moved_to = None
        for path in plan.unchanged:
            self.state.entries[path].stamp = _stamp(found, path, now)
        for path in plan.absent:
            entry = self.state.entries[path]
            if entry.absent_since is None or entry.absent_since > now:
                entry.absent_since = now

    def _send(self, found: Scan, report: Report) -> None:
        sender = self._sender()
        total, now, saved_at = len(report.plan.sent), time.time(), time.monotonic()
        for each in sender.send(report.plan.sent):
            stamp = _stamp(found, each.path, now)
            self.state.entries[each.path] = Entry(each.id, each.sha256, stamp, each.is_document)
            if former := report.plan.renamed.get(each.path):
                self.state.entries[former].moved_to = each.id
            report.sent += 1
            if time.monotonic() - saved_at > SAVE_SECONDS:
                self.state.save()
                saved_at = time.monotonic()
            if self.on_progress:
                self.on_progress(report.sent, total)
        report.refused |= sender.refused | sender.unread
        self._refusals.note(found, sender.refused)

    def _finish_moves(self) -> None:
        """Delete former files once the renamed ones are embedded, by their vectors."""
        self.state.save()
        end = time.monotonic() + MOVE_SECONDS
        for path, entry in list(self.state.entries.items()):
            if entry.moved_to is None:
                continue
            status = self._settled(entry.moved_to, end)
            if status == "ready":
                self._delete(path)
            elif status == "failed":
                entry.moved_to = None  # it is gone, as any other

    def _settled(self, id_: str, end: float) -> str:
        """Return the status of what was moved, as soon as it is ready or failed, or at `end`."""
        while True:
            wait = min(max(end - time.monotonic(), 0), WAIT_SECONDS)
            status = self.reading.status(id_, wait)
            if status in {"ready", "failed"} or wait == 0:
                return status

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
            if entry.is_document:
                self.client.documents.delete(entry.id, collection=self.collection)
            else:
                self.client.files.delete(entry.id, collection=self.collection)
        del self.state.entries[path]


def sync_origin(
    client: Inkdex,
    origin: FileOrigin | RowOrigin,
    *,
    source: str | None = None,
    collection: str | None = None,
    remove_all: bool = False,
    seconds: float = READ_SECONDS,
) -> Report:
    """Make a source what a place has, and wait until the server has read it.

    The place's name is the source if none is given. `remove_all`: also if more than half of the
    source is gone. It waits for so many seconds, and raises NotRead then. Raises InkdexError, and
    OSError if the place cannot be read.
    """
    sync = Sync.of(client, origin, source, collection)
    sync.remove_all = remove_all
    with sync.open():
        report = sync.run()
    sync.reading.wait("extracting", seconds=seconds)
    report.unread = sync.reading.failures()
    return report


def sync_folder(
    client: Inkdex,
    folder: Path | str,
    *,
    source: str | None = None,
    collection: str | None = None,
    remove_all: bool = False,
    seconds: float = READ_SECONDS,
) -> Report:
    """Make a source what a folder has; see `sync_origin`."""
    return sync_origin(
        client,
        Folder(Path(folder).resolve()),
        source=source,
        collection=collection,
        remove_all=remove_all,
        seconds=seconds,
    )


def _stamp(found: Scan, path: str, now: float) -> str:
    """Return what tells whether a file has changed, or nothing where it could lie."""
    file = found.files[path]
    return file.stamp if now - file.modified > SETTLED_SECONDS else ""
