"""Whether a request counts in the activity, and for which collection.

Each request runs in its own task, so it has its own context.
"""

from contextvars import ContextVar

from shared.domain.refs import Collection

_collection: ContextVar[Collection | None] = ContextVar("counted_collection", default=None)
_counts: ContextVar[bool] = ContextVar("counts", default=True)


def count_for(collection: Collection | None) -> None:
    """Say which collection the request is about, or that it is about none or several."""
    _collection.set(collection)
    _counts.set(True)


def leave_out() -> None:
    """Say that the request does not count, although its route is one that does."""
    _counts.set(False)


def counts() -> bool:
    """Return whether the request counts."""
    return _counts.get()


def counted_collection() -> Collection | None:
    """Return what `count_for` was told last."""
    return _collection.get()
