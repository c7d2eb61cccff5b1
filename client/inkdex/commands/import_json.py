"""Imports documents of JSON, of which at most a batch is in memory."""

import argparse
import io
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from inkdex.client import Inkdex
from inkdex.commands.import_outcome import Outcome
from inkdex.commands.json_documents import document_of
from inkdex.commands.json_values import Value
from inkdex.commands.output import Progress
from inkdex.commands.waiting import SentDocuments, settled
from inkdex.operations.bulk import BulkResult

NOT_AN_OBJECT = "is not a JSON object"
DEFAULT_COLLECTION = "default"


class _Sent(NamedTuple):
    """A document of the batch that is being sent."""

    where: str
    collection: Any
    id: Any


@dataclass(slots=True)
class JsonImport:
    """One import of lines, or of an array. Close it."""

    client: Inkdex
    values: Iterator[Value]
    file: io.BufferedReader | None
    """Where the values come from, if that is one file: so the progress has a share."""
    options: argparse.Namespace
    outcome: Outcome
    sent: SentDocuments = field(default_factory=SentDocuments)
    _batch: list[_Sent] = field(default_factory=list)
    _answered: int = 0
    _progress: Progress = field(default_factory=lambda: Progress("Sending"))

    def close(self) -> None:
        """Forget what was sent."""
        self.sent.close()

    def send(self) -> None:
        """Send the documents, and note those that are refused; raises InkdexError."""
        self.client.documents.bulk(
            self._documents(), collection=self.options.collection, on_progress=self._note
        )
        self._progress.end()

    def _documents(self) -> Iterator[dict[str, Any]]:
        prefix = f"{self.options.source}/" if self.options.source else ""
        for value in self.values:
            if value.problem or not isinstance(value.value, dict):
                self.outcome.refused.add(value.where, value.problem or NOT_AN_OBJECT)
                continue
            document = document_of(value, prefix)
            collection = document.get("collection") or self.options.collection
            sent = _Sent(value.where, collection or DEFAULT_COLLECTION, document.get("id"))
            self._batch.append(sent)
            yield document

    def _note(self, result: BulkResult) -> None:
        """Note what became of the lines that are newly answered."""
        refused = {each.line - self._answered - 1: each.error for each in result.rejected}
        result.rejected = []  # There is room for all of the next batch.
        for index, reason in refused.items():
            self.outcome.refused.add(self._batch[index].where, reason)
        count = result.sent - self._answered
        stored = (each for index, each in enumerate(self._batch[:count]) if index not in refused)
        self.sent.add((each.collection, each.id) for each in stored)
        del self._batch[:count]
        self._answered = result.sent
        self.outcome.accepted, self.outcome.replaced = result.accepted, result.replaced
        self.outcome.unchanged = result.unchanged
        self._progress(result.sent, note=self._share())

    def _share(self) -> str:
        """Return how much of a file is read."""
        if self.file is None:
            return ""
        with suppress(OSError):
            if size := os.fstat(self.file.fileno()).st_size:
                return f", {self.file.tell() / size:.0%}"
        return ""

    def wait(self) -> None:
        """Wait until the documents are embedded, and note those that are not."""
        for state in settled(self.client, self.sent):
            if state.status == "ready":
                self.outcome.ready += 1
            else:
                self.outcome.failed.add(state.id, state.error_message)
