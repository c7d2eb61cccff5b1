"""What titles are sorted by, as SQL. An index has it, and lists sort by it."""

from typing import LiteralString

_WRITTEN: LiteralString = "left(coalesce({document}title, {document}id), 100)"
_FOLDED: LiteralString = f"casefold(normalize({_WRITTEN}, NFKD) COLLATE pg_unicode_fast)"
# The second cut bounds the entries of the index, because folding can make a text longer.
FOLDED_TITLE: LiteralString = rf"left(regexp_replace({_FOLDED}, '[\u0300-\u036f]+', '', 'g'), 100)"
"""A title without case and accents. A document without a title has its id instead."""
