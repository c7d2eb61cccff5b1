"""Ranking by words: BM25 on a bounded number of candidates, as CTEs of the search statement.

`shared.domain.search.word_plan` decides which words are used, and which texts are looked at: those
that the plan finds, and those that are the nearest by meaning. If few match, texts with words that
begin alike follow.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from shared.domain.search.lexing.forms import any_of
from shared.domain.search.word_plan import WordPlan

CANDIDATES_MAX = 1000
SCOPE_MAX = 2000
"""Of a large scope, so many documents are read if the query has only very common words."""

# A text's score counts only the terms of its own language. Many languages read names and numbers
# alike, so such a term has several languages.
_WORDS: LiteralString = """words AS MATERIALIZED (
    SELECT word::tsquery, size, weight, says_something, string_to_array(languages, ' ') AS languages
    FROM unnest(
        %(words)s::text[], %(word_sizes)s::int[], %(word_weights)s::float8[],
        %(words_say_something)s::bool[], %(word_languages)s::text[]
    ) AS w (word, size, weight, says_something, languages)
)"""

# ts_rank of lexemes that occur n times is 6/pi² * (1 + 1/4 + ... + 1/n²), divided by the number of
# lexemes. This expression returns about n from it, five times faster than unnest(lexemes). Weight C
# marks words that the text writes with accents and the query may not.
_OCCURRENCES: LiteralString = """(0.6079271::float8 / (1.0000001::float8
                - least(0.99::float8,
                    w.size * ts_rank(ARRAY[1, 0.8, 1, 1]::real[], t.lexemes, w.word)))
                - 0.6079271::float8)"""
# BM25 with k1 = 1.5 and b = 0.75: `damping` is k1 * (1 - b + b * length / average_length).
# Another language may look up what is a stop word of the text's own, and that finds no text.
# OFFSET 0 keeps the parts of a score from being computed twice.
_TEXTUAL: LiteralString = f"""{_WORDS}, texts AS (
    {{texts}}
), textual AS MATERIALIZED (
    SELECT key, score, row_number() OVER (ORDER BY score DESC, key) AS rank
    FROM (SELECT t.document_key AS key, max(scored.score) AS score
        FROM texts t, LATERAL (
            SELECT 0.375::float8 + 1.125::float8 * t.length / %(average_length)s::float8 AS damping
            OFFSET 0
        ) AS k, LATERAL (
            SELECT CASE WHEN bool_or(part.share > 0 AND part.says_something)
                THEN sum(part.weight * part.share) ELSE 0 END AS score
            FROM (SELECT w.weight, w.says_something, 1 - k.damping / (k.damping
                    + {_OCCURRENCES}) AS share
                FROM words w WHERE t.language = ANY(w.languages) OFFSET 0
            ) AS part
        ) AS scored
        WHERE scored.score > 0 OR t.by_prefix GROUP BY t.document_key
    ) AS best
)"""
NONE: LiteralString = """textual AS (
    SELECT NULL::bigint AS key, NULL::float8 AS score, NULL::bigint AS rank WHERE false
)"""
_COLUMNS: LiteralString = "t.document_key, t.language, t.length, t.lexemes"
_OF: LiteralString = f"""SELECT {_COLUMNS}, {{by_prefix}} AS by_prefix FROM {{keys}} k, LATERAL (
        -- OFFSET 0 makes the planner look up each text instead of reading the whole table.
        SELECT * FROM document_texts WHERE document_key = k.key OFFSET 0
    ) AS t WHERE t.lexemes @@ %({{query}})s::tsquery"""
_FOUND: LiteralString = f"""SELECT {_COLUMNS}, {{by_prefix}} AS by_prefix FROM document_texts t
    WHERE t.lexemes @@ %({{query}})s::tsquery AND {{scope}} LIMIT {CANDIDATES_MAX}"""


def exact(*, prefixes: bool) -> str:
    """Return the CTEs that end in `textual (key, score, rank)`, for all texts of `in_scope`.

    With `prefixes`, texts with words that begin alike follow, without a score of their own.
    """
    return _textual([_arm(_OF, "prefixes" if prefixes else "any_word", keys="in_scope")])


def by_index(scope: str, plan: WordPlan, *, prefixes: bool) -> str:
    """Return the same for texts `t` that meet `scope`. Those of `semantic` are among them.

    If all words are too common to be looked up, the texts of `in_scope` are ranked.
    """
    texts = [_arm(_FOUND, "selective", scope=scope), _arm(_OF, "any_word", keys="semantic")]
    if prefixes:
        texts.append(_arm(_FOUND, "prefixes", scope=scope))
    if plan.skips_all:
        texts.append(_arm(_OF, "any_word", keys=f"(SELECT * FROM in_scope LIMIT {SCOPE_MAX})"))
    return _textual(texts)


def _arm(template: LiteralString, query: str, **parts: str) -> str:
    """Return a statement for the texts that a query of the plan finds."""
    by_prefix = "t.lexemes @@ %(longer)s::tsquery" if query == "prefixes" else "false"
    return template.format(query=query, by_prefix=by_prefix, **parts)


def _textual(texts: Sequence[str]) -> str:
    arms = [f"({each})" for each in texts] if len(texts) > 1 else texts
    return _TEXTUAL.format(texts="\n    UNION ALL\n    ".join(arms))


def parameters(plan: WordPlan) -> dict[str, Any]:
    """Return the parameters of the CTEs."""
    forms = [word.term.form for word in plan.words]
    return {
        "words": [any_of(form.counted) for form in forms],
        "word_sizes": [len(form.counted) for form in forms],
        "word_weights": [word.weight for word in plan.words],
        "words_say_something": [plan.has_phrase or form.says_something for form in forms],
        "word_languages": [" ".join(word.term.languages) for word in plan.words],
        "average_length": plan.average_length,
        "selective": plan.selective,
        "any_word": plan.any_word,
        "prefixes": plan.prefixes,
        "longer": plan.longer,
    }
