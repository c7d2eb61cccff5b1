"""Snippets: the passage of a hit that the query matches, quoted from the current content."""

from typing import LiteralString

from shared.domain.search.searchable_text import RUN_CHARACTERS, WORD_CHARACTERS

WHOLE_BYTES = 1500
"""A content of at most this size is the passage."""
PASSAGE_CHARACTERS = 1200
BEFORE_CHARACTERS = 150
WINDOW_CHARACTERS = 400
SCANNED_CHARACTERS = 1024 * 1024
"""The long hits of a page share this budget, because a megabyte takes about half a second."""
STEMS_MAX = 12
OCCURRENCES_MAX = 5000
"""The occurrences of a stem that are counted. A document of a megabyte may have half a million."""
WHOLE_SNIPPET_CHARACTERS = 250
HEADLINE = "MaxFragments=1, MaxWords=35, MinWords=18, ShortWord=2"

# The part of a content in which windows are looked for: around its nearest chunk, or else its
# beginning. It is read and lowered once (OFFSET 0), because reading a long one takes milliseconds.
_SCANNED: LiteralString = f"""SELECT lower(part) AS lowered, length(part) AS characters, skipped
    FROM (
        SELECT substr(d.content, skipped + 1, share) AS part, skipped
        FROM (SELECT {SCANNED_CHARACTERS} / count(*)::int AS share FROM fused) AS page,
            LATERAL (SELECT greatest(coalesce(f.start_offset, 0) - share / 2, 0)) AS _ (skipped)
        OFFSET 0
    ) AS read OFFSET 0"""
# The stems are searched for as substrings, because parsing a megabyte into lexemes takes half a
# second. Windows overlap by half, so two words near each other are always in a common window.
_BEST_WINDOW: LiteralString = f"""SELECT greatest(min(start) - {BEFORE_CHARACTERS}, 1)::int
    FROM (
        SELECT rarity, weight, shift, (start + shift) / {WINDOW_CHARACTERS} AS number,
            min(start) + skipped AS start
        FROM ({_SCANNED}) AS text,
            (SELECT * FROM stems ORDER BY rarity LIMIT {STEMS_MAX}) AS w,
            -- Splitting the text at a stem gives the position of each occurrence.
            LATERAL (
                SELECT 1 - length(stem) + sum(length(before) + length(stem)) OVER (ORDER BY number)
                    AS start
                FROM (SELECT * FROM string_to_table(lowered, stem) WITH ORDINALITY
                    LIMIT {OCCURRENCES_MAX}) AS split (before, number)
            ) AS occurrences,
            (VALUES (0), ({WINDOW_CHARACTERS // 2})) AS shifted (shift)
        WHERE start <= characters
        GROUP BY rarity, weight, shift, (start + shift) / {WINDOW_CHARACTERS}, skipped
    ) AS stems_in_windows
    GROUP BY shift, number ORDER BY sum(weight) DESC, min(start) LIMIT 1"""
_NEAREST_CHUNK: LiteralString = (
    "substr(d.content, f.start_offset + 1, f.end_offset - f.start_offset)"
)

STEMS: LiteralString = """stems AS MATERIALIZED (
    SELECT rarity, weight, CASE WHEN length(lexeme) > 3 THEN rtrim(lexeme, 'ie') ELSE lexeme END
        AS stem
    FROM words, LATERAL (SELECT split_part(literal, '''', 2) AS lexeme) AS first
)"""
"""The common beginning of a lexeme's word forms. Stemming can turn a final y into i."""

_NO_SPACE = r"[^ \t\n\v\f\r]"
_HALF = f"{_NO_SPACE}{{{RUN_CHARACTERS // 2}}}"
PATTERNS = {
    "long_run": f"{_NO_SPACE}{{{RUN_CHARACTERS + 1}}}",
    "punctuation_in_long_run": f"[[:punct:]](?:(?={_HALF})|(?<={_HALF}.))",
    "long_word": rf"[^ \t\n\v\f\r\u0002]{{{WORD_CHARACTERS}}}",
}
"""The regular expressions of a snippet, by parameter."""

# Control characters stand for what the parser must not see, and are replaced afterwards: chr(1)
# for `<`, because ts_headline omits text that looks like a tag, and chr(2) after punctuation in a
# long run and within a long word, because parsing a long run takes quadratic time. Spaces replace
# these control characters in the text itself.
_WITHOUT_TAGS: LiteralString = "translate(passage.text, '<' || chr(1) || chr(2), chr(1) || '  ')"
_WITHOUT_LONG_RUNS: LiteralString = rf"""CASE
        WHEN passage.text !~ %(long_run)s THEN {_WITHOUT_TAGS}
        ELSE regexp_replace(
            regexp_replace({_WITHOUT_TAGS}, %(punctuation_in_long_run)s, '\&' || chr(2), 'g'),
            %(long_word)s, '\&' || chr(2), 'g')
        END"""
SNIPPET: LiteralString = f"""translate(ts_headline(t.language::regconfig, {_WITHOUT_LONG_RUNS},
        coalesce((SELECT string_agg(literal, ' | ')::tsquery FROM words), ''::tsquery),
        %(headline_options)s || CASE WHEN length(passage.text) <= {WHOLE_SNIPPET_CHARACTERS}
            THEN ', MaxFragments=0, HighlightAll=true' ELSE '' END), chr(1) || chr(2), '<')"""
PASSAGE: LiteralString = f"""LATERAL (SELECT CASE
        WHEN octet_length(d.content) <= {WHOLE_BYTES} THEN d.content
        -- The nearest chunk is the passage, unless words were found that it does not contain.
        WHEN f.start_offset IS NOT NULL AND e.content_hash = d.content_hash
            AND (f.text_rank IS NULL OR EXISTS (SELECT FROM stems
                WHERE strpos(lower({_NEAREST_CHUNK}), stem) > 0))
            THEN left({_NEAREST_CHUNK}, {2 * PASSAGE_CHARACTERS})
        ELSE substr(d.content, coalesce(({_BEST_WINDOW}), 1), {PASSAGE_CHARACTERS})
    END AS text OFFSET 0) AS passage"""
"""`passage.text` of a document `d` in `language` that was found as `f` under embedding `e`."""
