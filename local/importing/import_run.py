"""Sends the documents of a source in batches, and its files one by one, and keeps the progress."""

import json
import re
import time
from collections.abc import Iterable, Iterator
from typing import IO

from local.importing.checkpoint import Checkpoint
from local.importing.client import BulkAnswer, Client
from local.importing.folder_scan import unreadable
from local.importing.items import Item, Source, shown
from local.importing.sent_documents import SentDocuments
from local.output import progress_bar, show
from shared.domain.documents.bulk_report import NOT_REPLACED

BATCH_DOCUMENTS = 1000
BATCH_BYTES = 4 * 1024 * 1024


class ImportRun:
    """One import of a source into a collection."""

    def __init__(self, client: Client, checkpoint: Checkpoint, collection: str) -> None:
        self._client = client
        self._checkpoint = checkpoint
        self._collection = collection
        self.progress = checkpoint.load()
        self.rejects = checkpoint.path(".rejected.jsonl")
        self.sent = SentDocuments(checkpoint.path(".sent"))
        self.sent_files = SentDocuments(checkpoint.path(".files"))

    def run(self, source: Source) -> None:
        """Send the documents that have no answer yet."""
        progress = self.progress
        if progress.position:
            show(f"Resuming an interrupted import after {progress.documents:,} documents")
        else:
            self.sent.clear()
            self.sent_files.clear()
        with progress_bar() as bar, self.rejects.open("a" if progress.position else "w") as file:
            size = source.size
            task = bar.add_task("importing", total=size, completed=progress.position, rate="")
            started, before = time.monotonic(), progress.documents
            for batch in batches(source.items(progress.position)):
                self._send(batch, file)
                self._checkpoint.save(progress)
                rate = (progress.documents - before) / (time.monotonic() - started)
                bar.update(task, completed=progress.position, rate=f"{rate:,.0f}/s")
            bar.update(task, completed=size)
        self._checkpoint.clear()

    def _send(self, batch: list[Item], rejects: IO[str]) -> None:
        good = [item for item in batch if item.line]
        answer = self._client.send([item.line for item in good]) if good else BulkAnswer()
        stored = [item for index, item in enumerate(good) if index not in answer.errors]
        self.sent.add((item.collection or self._collection, item.id) for item in stored if item.id)
        rejected = {item.location: item.error for item in batch if item.error is not None}
        rejected |= {good[index].location: error for index, error in answer.errors.items()}
        refused = self._send_files([item for item in batch if item.upload])
        rejected |= refused
        for location, error in rejected.items():
            line = {"location": location, "error": shown(_without_position(error))}
            rejects.write(json.dumps(line) + "\n")
        rejects.flush()
        self._count(batch, answer)
        self.progress.rejected += len(refused)

    def _send_files(self, items: list[Item]) -> dict[str, str]:
        """Send files one by one. Return why some are refused, by location."""
        refused: dict[str, str] = {}
        for item in items:
            assert item.upload
            assert item.id
            try:
                problem = self._client.upload(item.id, item.upload)
            except OSError as error:
                problem = unreadable(error)
            if problem is None:
                self.sent_files.add([(self._collection, item.id)])
                self.progress.files += 1
            else:
                refused[item.location] = problem
        return refused

    def _count(self, batch: list[Item], answer: BulkAnswer) -> None:
        progress = self.progress
        progress.position = batch[-1].end
        progress.accepted += answer.accepted
        progress.replaced += answer.replaced
        progress.unchanged += answer.unchanged
        progress.rejected += answer.rejected + sum(item.error is not None for item in batch)
        progress.not_replaced += sum(NOT_REPLACED in error for error in answer.errors.values())
        for item in batch:
            if item.skipped is not None:
                progress.skip(item.skipped, item.location)


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Group items into batches that fit into one request."""
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (len(batch) >= BATCH_DOCUMENTS or size + len(item.line) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.line)
    if batch:
        yield batch


def _without_position(error: str) -> str:
    """Remove the API's line number, which counts within one document."""
    return re.sub(r" at line 1 column (\d+)$", r" at column \1", re.sub("^(line|id): ", "", error))
