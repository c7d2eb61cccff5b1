"""What the server makes of the files of a source: it reads them after they were sent."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from inkdex.client import Inkdex
from inkdex.sources.source import Source

POLL_SECONDS = 1.0
PAGE = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """The files of a source in one collection."""

    client: Inkdex
    source: Source
    collection: str | None

    def left(self, status: str) -> int:
        """Return how many files have a status; PAGE if there are more."""
        files = self.client.files.page(
            collection=self.collection, source=self.source.name, status=status, limit=PAGE
        )
        return len(files.items)

    def wait(self, status: str, on_progress: Callable[[int], None] | None = None) -> None:
        """Wait until no file has the status any more: `extracting` or `pending`."""
        while left := self.left(status):
            if on_progress:
                on_progress(left)
            time.sleep(POLL_SECONDS)

    def failures(self) -> dict[str, str]:
        """Return why files could not be read or embedded, by path."""
        failed = self.client.files.list(
            collection=self.collection, source=self.source.name, status="failed"
        )
        return {
            self.source.path_of(each.id) or each.id: each.error.message if each.error else "failed"
            for each in failed
        }
