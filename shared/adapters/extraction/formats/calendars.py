"""The words of an invitation in the format of iCalendar."""

import re
from collections.abc import Iterator

_FOLD = re.compile(r"\n[ \t]")
_WORDS = re.compile(r'(?:SUMMARY|LOCATION|DESCRIPTION)(?:;(?:[^":]|"[^"]*")*)?:(.*)', re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")


def text_of_calendar(text: str) -> str:
    r"""Return what an event is about, and where it is. The lines of `text` end with \n."""
    return "\n".join(filter(None, _words(_FOLD.sub("", text))))


def _words(text: str) -> Iterator[str]:
    is_alarm = False
    for line in text.split("\n"):
        if line.upper().startswith(("BEGIN:", "END:")):
            is_alarm = line.upper().strip() == "BEGIN:VALARM"
        elif not is_alarm and (found := _WORDS.fullmatch(line)):
            yield _ESCAPED.sub(_plain, found[1]).strip()


def _plain(escaped: re.Match[str]) -> str:
    return "\n" if escaped[1] in "nN" else escaped[1]
