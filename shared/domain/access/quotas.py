"""When a quota is exceeded."""

import json
from datetime import UTC, datetime, timedelta

from shared.domain.access.limits import Quotas, Usage
from shared.domain.access_errors import QuotaExceeded
from shared.domain.documents.document import NewDocument

SHARE = 8
"""The part of the room that a process takes without asking. More processes may exceed a quota."""
_REMEDY = "Delete documents, or ask the operator for more."


def size_of(new: NewDocument) -> Usage:
    """Return what a document takes, unless it replaces one."""
    metadata = json.dumps(new.metadata, ensure_ascii=False)
    return Usage(documents=1, bytes=len(f"{new.title or ''}{new.content}{metadata}".encode()))


def require_room(quotas: Quotas, used: Usage, growth: Usage) -> None:
    """Raise QuotaExceeded if there is no room for the growth. What takes less is always admitted.

    Each document will have at least one chunk. So those that are not embedded yet count as one.
    """
    chunks = max(used.chunks, used.documents)
    new_chunks = growth.documents or int(growth.bytes > 0)
    for name, size, has, more in (
        ("documents", quotas.documents, used.documents, growth.documents),
        ("bytes", quotas.bytes, used.bytes, growth.bytes),
        ("chunks", quotas.chunks, chunks, new_chunks),
    ):
        if size and more > 0 and has + more > size:
            raise QuotaExceeded(name, size, has, _REMEDY)


def is_far_from(quotas: Quotas, stored: Usage, ahead: Usage) -> bool:
    """Return whether a process may add `ahead` to what it has read, without reading it again.

    Other processes may do the same, so each takes a small part of the room.
    """
    return all(
        not size or SHARE * more <= size - has
        for size, has, more in (
            (quotas.documents, stored.documents, ahead.documents),
            (quotas.bytes, stored.bytes, ahead.bytes),
            (quotas.chunks, max(stored.chunks, stored.documents), ahead.documents),
            (quotas.answers_per_day, stored.answers, ahead.answers),
        )
    )


def require_room_for_answer(quotas: Quotas, used: Usage) -> None:
    """Raise QuotaExceeded if the tenant has had all answers of this day, in UTC."""
    size = quotas.answers_per_day
    if size and used.answers >= size:
        now = datetime.now(UTC)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        remedy = "The next day begins at 00:00 UTC."
        seconds = (midnight - now).total_seconds()
        raise QuotaExceeded("answers_per_day", size, used.answers, remedy, seconds)
