"""The collection for which a request counts in the activity.

Each request runs in its own task, so it has its own context.
"""

from contextvars import ContextVar

from shared.domain.refs import Collection

_collection: ContextVar[Collection | None] = ContextVar("counted_collection", default=None)


def count_for(collection: Collection | None) -> None:
    """Say which collection the request is about, or that it is about none or several."""
    _collection.set(collection)


def counted_collection() -> Collection | None:
    """Return what `count_for` was told last."""
    return _collection.get()
