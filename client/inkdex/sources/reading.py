"""What the server makes of the files or rows of a source after they were sent."""

import time
from collections.abc import Callable, Iterable, Sized
from contextlib import suppress
from dataclasses import dataclass

from inkdex.client import Inkdex
from inkdex.errors import Forbidden, InkdexError, NotFound
from inkdex.models.documents import Document
from inkdex.models.files import File
from inkdex.sources.source import Source

POLL_SECONDS = 1.0
POLL_SHARE = 10
"""The pause is so many times as long as the server needed for its last answer."""
READ_SECONDS = 3600.0
PAGE = 200


class NotRead(InkdexError):
    """The server has not read all files in time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The files of a source in one collection."""

    client: Inkdex
    source: Source
    collection: str | None

    def left(self, status: str) -> int:
        """Return how many have a status; PAGE if there are more."""
        return len(self._some(status))

    def wait(
        self,
        status: str,
        on_progress: Callable[[int], None] | None = None,
        seconds: float = READ_SECONDS,
    ) -> None:
        """Wait until none has the status any more: `extracting` or `pending`.

        Raises NotRead after so many seconds.
        """
        ends_at = time.monotonic() + seconds
        while True:
            asked_at = time.monotonic()
            if not (left := self.left(status)):
                return
            if asked_at > ends_at:
                raise NotRead(self._reason(left, status))
            if on_progress:
                on_progress(left)
            time.sleep(max(POLL_SECONDS, POLL_SHARE * (time.monotonic() - asked_at)))

    def _reason(self, left: int, status: str) -> str:
        more = "or more " if left == PAGE else ""
        paused = self._paused()
        reason = f": the workers are paused ({paused})" if paused else ""
        return f"{left:,} {more}are still {status}{reason}."

    def _paused(self) -> str | None:
        with suppress(Forbidden):
            return self.client.stats().paused_reason
        return None

    def failures(self) -> dict[str, str]:
        """Return why the server could not read or embed what was sent, by path."""
        return {
            self.source.path_of(each.id) or each.id: each.error.message if each.error else "failed"
            for each in self._failed()
        }

    def status(self, id_: str, wait: float) -> str:
        """Return a status, after so many seconds at most; `failed` of what is gone."""
        try:
            return self._get(id_, wait).status
        except NotFound:
            return "failed"

    def _some(self, status: str) -> Sized:
        files = self.client.files.page(
            collection=self.collection, source=self.source.name, status=status, limit=PAGE
        )
        return files.items

    def _failed(self) -> Iterable[File | Document]:
        return self.client.files.list(
            collection=self.collection, source=self.source.name, status="failed"
        )

    def _get(self, id_: str, wait: float) -> File | Document:
        return self.client.files.get(id_, collection=self.collection, wait=wait)


@dataclass(frozen=True, slots=True)
class RowReading(Reading):
    """The rows of a source: documents, of which there is nothing to read but to embed."""

    def _some(self, status: str) -> Sized:
        if status == "extracting":
            return ()
        documents = self.client.documents.page(
            collection=self.collection, filter=self._filter, status=status, limit=PAGE
        )
        return documents.items

    def _failed(self) -> Iterable[File | Document]:
        return self.client.documents.list(
            collection=self.collection, filter=self._filter, status="failed"
        )

    def _get(self, id_: str, wait: float) -> File | Document:
        return self.client.documents.get(id_, collection=self.collection, wait=wait)

    @property
    def _filter(self) -> dict[str, str]:
        return {"source": self.source.name}
