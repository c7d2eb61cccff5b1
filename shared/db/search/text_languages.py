"""The languages of texts. A query is read in each of them, so unused ones are forgotten.

A write that began before a language was marked does not see the mark, so the language is deleted
some time later, if it still has no document. A later write removes the mark.
"""

from dataclasses import dataclass
from typing import LiteralString

from shared.db.kit.pool import Connection

# LIMIT makes the planner look for one document of each language. It would read all otherwise.
_IS_USED: LiteralString = """coalesce(
    (SELECT true FROM document_texts t WHERE t.language = l.language LIMIT 1), false)"""
_MARK: LiteralString = f"""
UPDATE text_languages l SET unused_since = now() WHERE unused_since IS NULL AND NOT {_IS_USED}
"""
_FORGET: LiteralString = f"""
WITH due AS MATERIALIZED (
    SELECT language, {_IS_USED} AS is_used FROM text_languages l
    WHERE unused_since < now() - make_interval(secs => %(seconds)s)
), used AS (
    UPDATE text_languages l SET unused_since = NULL FROM due
    WHERE l.language = due.language AND due.is_used
)
DELETE FROM text_languages l USING due
WHERE l.language = due.language AND NOT due.is_used AND l.unused_since IS NOT NULL
"""
FORGET_AFTER_SECONDS = 600
"""Longer than any write takes."""


@dataclass(slots=True)
class SeenLanguages:
    """The languages that the last search saw. They rarely change, and the next one assumes them."""

    languages: tuple[str, ...] = ()


def mark_unused(connection: Connection) -> None:
    """Mark the languages that no document has."""
    connection.execute(_MARK)


def forget_unused(connection: Connection, after_seconds: float = FORGET_AFTER_SECONDS) -> None:
    """Delete languages that were marked some time ago and still have no document."""
    connection.execute(_FORGET, {"seconds": after_seconds})
