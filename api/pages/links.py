"""The links of a page to others: they keep the collection of its address."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from shared.domain.documents.validation import ID_MAX_CHARACTERS

_NEW_DOCUMENT = "/console/document"


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of pages that show the same collection; `None` if there is no valid one."""

    collection: str | None

    @classmethod
    def of(cls, address: QueryParams) -> Self:
        # Like the scripts, take the first. No link repeats a name that is too long to exist.
        name = next(iter(address.getlist("collection")), "")
        return cls(name if 0 < len(name) <= ID_MAX_CHARACTERS else None)

    def to(self, path: str) -> str:
        return f"{path}?{self._query}" if self.collection else path

    @property
    def to_new_document(self) -> str:
        query = f"{self._query}&new" if self.collection else "new"
        return f"{_NEW_DOCUMENT}?{query}"

    @property
    def _query(self) -> str:
        return urlencode({"collection": self.collection})
