"""Dates and times in metadata, as ISO 8601 writes them."""

import re
from datetime import date, timedelta

_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
_OFFSET = "([Zz]|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
TIME = f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([Tt ]{_CLOCK}{_OFFSET}?)?"
"""A date, or a date and a time. PostgreSQL reads this pattern like Python does."""

_TIME = re.compile(TIME)
_DATE_CHARACTERS = 10
_AFTER_DIGITS = ":"


def time_in_utc(text: str) -> str | None:
    """Return a date or time with its offset, which is UTC if it has none; None for other texts."""
    if not _TIME.fullmatch(text):
        return None
    try:
        date.fromisoformat(text[:_DATE_CHARACTERS])
    except ValueError:
        return None
    return text if re.search("[Zz+-]", text[_DATE_CHARACTERS:]) else f"{text}Z"


def dates_around(time: str) -> tuple[str, str]:
    """Return two dates. A text before the first is earlier than `time`, one from the second later.

    Offsets move both times by up to 15 hours.
    """
    day = date.fromisoformat(time[:_DATE_CHARACTERS])
    first = day - timedelta(2) if day > date.min + timedelta(2) else date.min
    if day > date.max - timedelta(3):
        return first.isoformat(), _AFTER_DIGITS
    return first.isoformat(), (day + timedelta(3)).isoformat()
