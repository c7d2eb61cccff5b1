"""Changes the metadata of the documents that meet a filter, in short transactions."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.db.documents import patch_documents
from shared.db.documents.patch_documents import StoredMetadata
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.filters import Filter
from shared.domain.documents.languages import text_language
from shared.domain.documents.merge_patch import merge_patch
from shared.domain.documents.validation import DocumentLimits, check_metadata_of
from shared.domain.refs import Collection, DocumentRef
from shared.services.access.quotas import NoQuotas
from shared.services.documents.found_documents import found_documents

PatchOne = Callable[[DocumentRef], Awaitable[object]]


class FilteredPatch:
    """A JSON merge patch of the metadata of many documents.

    Those whose language changes are patched one by one, because their words are read anew.
    """

    def __init__(
        self,
        database: AsyncDatabase,
        quotas: NoQuotas,
        limits: DocumentLimits,
        patch: Mapping[str, Any],
        patch_one: PatchOne,
    ) -> None:
        self._database = database
        self._quotas = quotas
        self._limits = limits
        self._patch = dict(patch)
        self._patch_one = patch_one

    async def apply(self, collection: Collection, filters: Sequence[Filter]) -> int:
        """Patch the documents that exist at the start and meet all filters.

        Return how many have changed. Raises InvalidInput for a document whose metadata would be
        too large, and QuotaExceeded. Then the documents before it have changed.
        """
        changed = 0
        async for keys in found_documents(self._database, collection, filters):
            changed += await self._apply(collection, keys, filters)
        return changed

    async def _apply(
        self, collection: Collection, keys: Sequence[int], filters: Sequence[Filter]
    ) -> int:
        tenant = collection.tenant
        async with self._database.costly_connection(tenant) as connection:
            found = await patch_documents.read(connection, collection, keys, filters)
        async with (
            self._quotas.growing(tenant, self._growth(found)),
            self._database.costly_connection(tenant) as connection,
            connection.transaction(),
        ):
            found = await patch_documents.read_locked(connection, collection, keys, filters)
            changed = self._changed(found)
            relexed = [new.ref for old, new in changed if _language(old) != _language(new)]
            stored = [new for _, new in changed if new.ref not in set(relexed)]
            if stored:
                await patch_documents.store(connection, stored)
        for ref in relexed:
            await self._patch_one(ref)
        return len(changed)

    def _changed(
        self, found: Sequence[StoredMetadata]
    ) -> list[tuple[StoredMetadata, StoredMetadata]]:
        """Return the documents that the patch changes, as they are and as they will be."""
        patched = [(old, self._patched(old)) for old in found]
        return [(old, new) for old, new in patched if new.metadata != old.metadata]

    def _patched(self, old: StoredMetadata) -> StoredMetadata:
        metadata = merge_patch(old.metadata, self._patch)
        check_metadata_of(old.ref, metadata, self._limits)
        return replace(old, metadata=metadata)

    def _growth(self, found: Sequence[StoredMetadata]) -> int:
        """Return by how many bytes the metadata of documents grows, about."""
        changes = (_size(new) - _size(old) for old, new in self._changed(found))
        return max(0, sum(changes))


def _size(stored: StoredMetadata) -> int:
    return len(json.dumps(stored.metadata, ensure_ascii=False).encode())


def _language(stored: StoredMetadata) -> str | None:
    return text_language(stored.metadata)
