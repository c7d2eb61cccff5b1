"""The passage of a hit that its snippet is quoted from, in SQL."""

from typing import LiteralString

WHOLE_BYTES = 1500
"""A content of at most this size is the passage of any hit."""
CHUNK_CHARACTERS = 2400
SCANNED_CHARACTERS = 1024 * 1024
"""The long hits of a page share this budget."""

# A hit by meaning only is quoted from its nearest chunk, if the text has not changed since. Other
# hits are quoted from around that chunk, or else from the beginning. OFFSET 0 keeps the planner
# from reading a long content more than once.
PASSAGE: LiteralString = f"""LATERAL (
        SELECT text, skipped AS start, is_chunk OR skipped = 0 AS is_start,
            is_chunk AND characters < {CHUNK_CHARACTERS} OR length(text) < characters AS is_end
        FROM (SELECT octet_length(d.content) > {WHOLE_BYTES} AND NOT f.by_words
                AND f.start_offset IS NOT NULL AND e.content_hash = d.content_hash AS is_chunk,
                {SCANNED_CHARACTERS} / %(hits)s::int AS share) AS hit,
            LATERAL (SELECT
                CASE WHEN is_chunk THEN f.start_offset
                    ELSE greatest(coalesce(f.start_offset, 0) - share / 2, 0) END AS skipped,
                CASE WHEN is_chunk THEN least(f.end_offset - f.start_offset, {CHUNK_CHARACTERS})
                    ELSE share END AS characters) AS part,
            LATERAL (SELECT substr(d.content, skipped + 1, characters) AS text OFFSET 0) AS read
        OFFSET 0
    ) AS passage"""
"""`passage` of a document `d` that was found as `f` under embedding `e`."""
