"""How a process stores what it counts, whether it awaits its statements or not."""

from collections.abc import Iterator

from shared.db.operations import activity
from shared.db.operations.activity import Statement
from shared.domain.operations.activity import ActivityCounts


def statements(counts: ActivityCounts, *, is_last: bool = False) -> Iterator[Statement]:
    """Yield what stores the minutes that are over, or all if it `is_last`.

    Each statement must be committed before the next is asked for: what is stored is forgotten then,
    so that no error in a later one adds it again.
    """
    if over := counts.over(all_=is_last):
        yield activity.addition(over)
        counts.forget(over)
        if not is_last:
            yield from activity.upkeep(over[-1].minute)
