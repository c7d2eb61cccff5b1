"""Snippets: the passage that a hit is shown by, always a quotation of the current content."""

from typing import LiteralString

WHOLE_CHARACTERS = 1500
"""A content of no more is looked at whole."""
PASSAGE_CHARACTERS = 1200
BEFORE_CHARACTERS = 150
HEADLINE = "MaxFragments=1, MaxWords=35, MinWords=18, ShortWord=2"

# Sentences are compared by the stems that they hold as they stand, for to make lexemes of a
# megabyte would take half a second. The score of a sentence is that of the two after it, too.
_BEST_SENTENCES: LiteralString = f"""
    SELECT substr(d.content, start + greatest(first - {BEFORE_CHARACTERS}, 0), {PASSAGE_CHARACTERS})
    FROM (
        SELECT start, first, sum(score) OVER (
            ORDER BY place ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING) AS score
        FROM (
            SELECT place, held.*, 1 + coalesce(sum(length(sentence) + 1) OVER (
                ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::int AS start
            FROM string_to_table(
                translate(lower(d.content), E'!?\\n\\u3002\\uFF01\\uFF1F', '......'), '.')
                WITH ORDINALITY AS split (sentence, place),
                LATERAL (
                    SELECT coalesce(sum(w.weight), 0) AS score,
                        coalesce((array_agg(strpos(sentence, w.stem) ORDER BY w.place))[1], 0)
                            AS first
                    FROM stems w WHERE strpos(sentence, w.stem) > 0
                ) AS held
        ) AS sentences
    ) AS scored
    WHERE first > 0 ORDER BY score DESC, start LIMIT 1
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

# What PostgreSQL takes for a tag it would leave out of a headline: `<` is hidden from it.
SNIPPET: LiteralString = """
    translate(ts_headline(t.language::regconfig, translate(passage.text, '<' || chr(1), chr(1)),
        coalesce((SELECT string_agg(literal, ' | ')::tsquery FROM words), ''::tsquery),
        %(marks)s), chr(1), '<')
"""
PASSAGE: LiteralString = f"""
    LATERAL (SELECT CASE
        WHEN length(d.content) <= {WHOLE_CHARACTERS} THEN d.content
        WHEN f.start_offset IS NOT NULL AND e.content_hash = d.content_hash
            AND (f.text_rank IS NULL OR EXISTS (SELECT FROM stems
                WHERE strpos(lower({_NEAREST_CHUNK}), stem) > 0))
            THEN left({_NEAREST_CHUNK}, {2 * PASSAGE_CHARACTERS})
        ELSE coalesce(({_BEST_SENTENCES}), left(d.content, {PASSAGE_CHARACTERS}))
    END AS text) AS passage
"""
"""`passage.text` of a document `d` in `language` that was found as `f` under embedding `e`."""
