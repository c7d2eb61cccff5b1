"""What the server has of a source, which may be less than was sent."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from inkdex.client import Inkdex
from inkdex.sources.sending import plain
from inkdex.sources.source import Source
from inkdex.sources.state import Entry

STATES = 1000
"""So many documents are asked for at once."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The files and documents of a source in one collection."""

    client: Inkdex
    source: Source
    collection: str | None

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Yield all by path, first the documents that were no files."""
        for each in self.client.documents.list(
            collection=self.collection, filter={"source": self.source.name}
        ):
            path = self.source.path_of(each.id)
            if path is not None and "file" not in each.metadata:
                yield path, Entry(each.id, is_document=True)
        for id_, sha256 in self._files():
            path = self.source.path_of(id_)
            if path is not None:
                yield path, Entry(id_, sha256)

    def lost(self, known: Collection[Entry]) -> set[str]:
        """Return the ids of what the server no longer has as it was sent."""
        documents = [each.id for each in known if each.is_document]
        files = {each.id: each.sha256 for each in known if not each.is_document}
        found = dict(self._files()) if files else {}
        return {
            *(set(documents) - set(self._documents(documents))),
            *(id_ for id_, sha256 in files.items() if found.get(id_) != sha256),
        }

    def _files(self) -> Iterable[tuple[str, str]]:
        files = self.client.files.list(collection=self.collection, source=self.source.name)
        return ((each.id, plain(each.sha256)) for each in files)

    def _documents(self, ids: list[str]) -> Iterator[str]:
        for start in range(0, len(ids), STATES):
            part = ids[start : start + STATES]
            states = self.client.documents.states(part, collection=self.collection)
            yield from (each.id for each in states.items)
