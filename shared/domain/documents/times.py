"""Dates and times in metadata, as ISO 8601 writes them."""

import re
from datetime import date

_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
_OFFSET = "([Zz]|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
TIME = f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([Tt ]{_CLOCK}{_OFFSET}?)?"
"""A date, or a date and a time. PostgreSQL reads this pattern like Python does."""

_TIME = re.compile(TIME)
_DATE_CHARACTERS = 10


def time_in_utc(text: str) -> str | None:
    """Return a date or time with its offset, which is UTC if it has none; None for other texts."""
    if not _TIME.fullmatch(text):
        return None
    try:
        date.fromisoformat(text[:_DATE_CHARACTERS])
    except ValueError:
        return None
    return text if re.search("[Zz+-]", text[_DATE_CHARACTERS:]) else f"{text}Z"
