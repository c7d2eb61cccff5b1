"""The port to sealed texts: cursors and ids that tell nothing and cannot be made by others."""

from enum import StrEnum
from typing import Protocol

from shared.domain.refs import Tenant


class Sealed(StrEnum):
    """What is sealed. What was sealed as one of these does not open as another."""

    LIST_CURSOR = "list cursor"
    COLLECTION_CURSOR = "collection cursor"
    IMPORT_CURSOR = "import cursor"
    REJECTION_CURSOR = "rejection cursor"
    EXPORT_CURSOR = "export cursor"
    EVENT = "event"
    MESSAGE = "message"


class Sealing(Protocol):
    """Seals bytes for a tenant. Equal bytes have equal seals, so ids can be compared."""

    def __hash__(self) -> int:
        """Allow caches by what has sealed."""

    def seal(self, kind: Sealed, tenant: Tenant, content: bytes) -> str:
        """Return letters, digits, `-` and `_`. Their number depends on that of the bytes alone."""

    def open(self, kind: Sealed, tenant: Tenant, text: str) -> bytes | None:
        """Return the bytes, or None if the text was not sealed as this kind for this tenant."""
