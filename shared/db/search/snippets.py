"""Snippets: the passage that a hit is shown by, always a quotation of the current content."""

from typing import LiteralString

WHOLE_CHARACTERS = 1500
"""A content of no more is looked at whole."""
PASSAGE_CHARACTERS = 1200
BEFORE_CHARACTERS = 150
WINDOW_CHARACTERS = 400
STEMS_MAX = 12
OCCURRENCES_MAX = 5000
"""Of each stem the first so many are looked at: a megabyte may hold half a million."""
WHOLE_SNIPPET_CHARACTERS = 250
HEADLINE = "MaxFragments=1, MaxWords=35, MinWords=18, ShortWord=2"

# The stems are searched for as they stand: to make lexemes of a megabyte takes half a second.
# Windows overlap by half, so that words beside each other share one of them. A content is read
# whole as seldom as can be: out of TOAST that takes milliseconds, and windows may be many.
_BEST_WINDOW: LiteralString = f"""
    SELECT greatest(min(at) - {BEFORE_CHARACTERS}, 1)::int
    FROM (
        SELECT place, weight, shift, (at + shift) / {WINDOW_CHARACTERS} AS number, min(at) AS at
        FROM (SELECT lower(d.content) AS lowered, length(d.content) AS characters OFFSET 0) AS low,
            (SELECT * FROM stems ORDER BY place LIMIT {STEMS_MAX}) AS w,
            LATERAL (
                SELECT 1 - length(stem) + sum(length(before) + length(stem)) OVER (ORDER BY number)
                    AS at
                FROM (SELECT * FROM string_to_table(lowered, stem) WITH ORDINALITY
                    LIMIT {OCCURRENCES_MAX}) AS split (before, number)
            ) AS occurrences,
            (VALUES (0), ({WINDOW_CHARACTERS // 2})) AS shifted (shift)
        WHERE at <= characters
        GROUP BY place, weight, shift, (at + shift) / {WINDOW_CHARACTERS}
    ) AS held
    GROUP BY shift, number ORDER BY sum(weight) DESC, min(at) LIMIT 1
"""
_NEAREST_CHUNK: LiteralString = (
    "substr(d.content, f.start_offset + 1, f.end_offset - f.start_offset)"
)

STEMS: LiteralString = """
stems AS MATERIALIZED (
    SELECT place, weight, CASE WHEN length(lexeme) > 3 THEN rtrim(lexeme, 'ie') ELSE lexeme END
        AS stem
    FROM words
)"""
"""What a lexeme's forms begin with: stemming changes no more than the end, such as y to i."""

# What PostgreSQL takes for a tag it would leave out of a headline: `<` is hidden from it, as a
# sign that nobody sees; where that is in the text itself a space stands for it.
SNIPPET: LiteralString = f"""
    translate(ts_headline(t.language::regconfig,
        translate(passage.text, '<' || chr(1), chr(1) || ' '),
        coalesce((SELECT string_agg(literal, ' | ')::tsquery FROM words), ''::tsquery),
        %(marks)s || CASE WHEN length(passage.text) <= {WHOLE_SNIPPET_CHARACTERS}
            THEN ', MaxFragments=0, HighlightAll=true' ELSE '' END), chr(1), '<')
"""
PASSAGE: LiteralString = f"""
    LATERAL (SELECT CASE
        WHEN length(d.content) <= {WHOLE_CHARACTERS} THEN d.content
        WHEN f.start_offset IS NOT NULL AND e.content_hash = d.content_hash
            AND (f.text_rank IS NULL OR EXISTS (SELECT FROM stems
                WHERE strpos(lower({_NEAREST_CHUNK}), stem) > 0))
            THEN left({_NEAREST_CHUNK}, {2 * PASSAGE_CHARACTERS})
        ELSE substr(d.content, coalesce(({_BEST_WINDOW}), 1), {PASSAGE_CHARACTERS})
    END AS text OFFSET 0) AS passage
"""
"""`passage.text` of a document `d` in `language` that was found as `f` under embedding `e`."""
