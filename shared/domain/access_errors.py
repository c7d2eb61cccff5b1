"""Why a request is not allowed."""

from shared.domain.errors import InkdexError


class Forbidden(InkdexError):
    """The key does not allow the action. The message says nothing about what exists."""

    def __init__(self, action: str, collection: str | None = None) -> None:
        where = "" if collection is None else f" in the collection {collection[:100]!r}"
        super().__init__(f"This key does not allow {action!r}{where}.")
