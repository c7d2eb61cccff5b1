"""Ranking by words: BM25 on a bounded number of candidates, as CTEs of the search statement.

Any of the query's words may match. Candidates are the documents with one of its rare words, those
with two of its common words, and the nearest by meaning. If the query has a phrase, they are those
with the phrase. Documents that are left out would score low. If they do not fill the page,
documents with any of the words, or with words that begin like them, follow.

A word in more than `common_documents` documents is looked up only together with a rarer one,
because the index reads all documents of a word before it returns the first. If the query has only
such words, the documents in `in_scope` are ranked.
"""

from typing import LiteralString

WORDS_MAX = 64
"""Of a longer query, the rarest words are used."""
CANDIDATES_EXPECTED = 500
"""About this many documents are ranked by their words."""
CANDIDATES_MAX = 2 * CANDIDATES_EXPECTED

# A document's score counts only the terms of its own language. Many languages read names and
# numbers alike, so such a term has several languages. Sums over `rarest` estimate how many
# documents the words up to a word have between them. Words that are not sought come last.
WORDS: LiteralString = rf"""statistics AS MATERIALIZED (
    SELECT coalesce(%(known_documents)s::float8, max(documents), 1) AS documents,
        coalesce(%(known_length)s::float8, max(average_length), 1) AS average_length,
        coalesce(max(unlisted_documents), 1) AS unlisted_documents
    FROM text_statistics
), terms AS MATERIALIZED (
    SELECT * FROM unnest(
        %(term_literals)s::text[], %(term_counted)s::text[], %(term_prefixes)s::text[],
        %(term_sizes)s::int[], %(term_factors)s::float8[], %(term_sought)s::bool[],
        %(term_languages)s::text[], %(term_documents)s::float8[]
    ) WITH ORDINALITY AS t (literal, counted, prefix, size, factor, sought, languages, known, term)
), frequencies AS MATERIALIZED (
    SELECT term, sum(f.documents) AS documents
    FROM unnest(%(lexeme_terms)s::int[], %(lexemes)s::text[]) AS l (term, lexeme)
    JOIN lexeme_frequencies f USING (lexeme) GROUP BY term
), rarest AS (
    SELECT t.*, s.documents AS total,
        least(s.documents, coalesce(t.known, f.documents, s.unlisted_documents)) AS documents
    FROM terms t LEFT JOIN frequencies f USING (term) CROSS JOIN statistics s
    ORDER BY sought DESC, documents, literal COLLATE "C" LIMIT {WORDS_MAX}
), words AS MATERIALIZED (
    SELECT term, literal, prefix, size, sought, total, documents, counted::tsquery AS word,
        string_to_array(languages, ' ') AS languages,
        factor * ln(1 + (total - documents + 0.5) / (documents + 0.5)) AS weight,
        row_number() OVER rarest AS rarity,
        sought AND sum(documents) OVER rarest <= {CANDIDATES_EXPECTED} AS rare,
        sought AND sum(documents) OVER rarest > %(common_documents)s AS too_common
    FROM rarest WINDOW rarest AS (ORDER BY sought DESC, documents, literal COLLATE "C")
)"""

# Three queries for the index. `selective` has the rare words and pairs of common words that are
# expected to match few documents, assuming that words are independent. One word of each pair is
# among the two rarest of the common ones.
_QUERIES: LiteralString = f"""common AS (
    SELECT *, row_number() OVER (ORDER BY rarity) AS number FROM words WHERE sought AND NOT rare
), pairs AS (
    SELECT a.number, a.literal, b.literal AS other,
        sum(a.documents * b.documents / a.total)
            OVER (ORDER BY a.documents * b.documents, a.number, b.number) AS expected
    FROM common a JOIN common b ON a.number < b.number WHERE a.number <= 2
), alternatives AS (
    SELECT literal AS alternative FROM words WHERE rare
    UNION ALL
    SELECT '(' || literal || ' & (' || string_agg(other, ' | ') || '))'
    FROM pairs WHERE expected <= {CANDIDATES_EXPECTED} GROUP BY number, literal
), queries AS MATERIALIZED (
    SELECT
        coalesce(%(words_required)s::text,
            (SELECT string_agg(alternative, ' | ') FROM alternatives),
            CASE WHEN NOT bool_and(too_common) THEN string_agg(literal, ' & ') END)::tsquery
            AS selective,
        coalesce(%(words_required)s::text, string_agg(literal, ' | '))::tsquery AS any_word,
        (string_agg(prefix, ' | ')
            FILTER (WHERE NOT too_common AND %(words_required)s::text IS NULL))::tsquery
            AS any_prefix,
        bool_and(too_common) AS too_common
    FROM words WHERE sought
)"""

# ts_rank of lexemes that occur n times is 6/pi² * (1 + 1/4 + ... + 1/n²), divided by the number of
# lexemes. This expression returns about n from it, five times faster than unnest(lexemes). Weight C
# marks words that the text writes with accents and the query may not.
_OCCURRENCES: LiteralString = """(0.6079271::float8 / (1.0000001::float8 - least(0.99::float8,
                w.size * ts_rank(ARRAY[1, 0.8, 1, 1]::real[], t.lexemes, w.word)))
            - 0.6079271::float8)"""
# BM25 with k1 = 1.5 and b = 0.75: `damping` is k1 * (1 - b + b * length / average_length).
_SCORED: LiteralString = f"""SELECT t.document_key AS key, scored.score
    FROM (
    {{candidates}}
    ) AS t CROSS JOIN statistics s
    CROSS JOIN LATERAL (
        SELECT 0.375::float8 + 1.125::float8 * t.length / s.average_length AS damping OFFSET 0
    ) AS k
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(w.weight * (1 - k.damping / (k.damping + {_OCCURRENCES}))), 0) AS score
        FROM words w WHERE t.language = ANY(w.languages)
    ) AS scored"""
_COLUMNS: LiteralString = "t.document_key, t.language, t.length, t.lexemes"
_OF: LiteralString = f"""SELECT {_COLUMNS} FROM {{keys}} AS k, LATERAL (
        -- OFFSET 0 makes the planner look up each text instead of reading the whole table.
        SELECT * FROM document_texts WHERE document_key = k.key OFFSET 0
     ) AS t"""
_IN_SCOPE: LiteralString = _OF.format(keys="in_scope")
_EXACT_MATCHING: LiteralString = f"""{_IN_SCOPE}
     WHERE t.lexemes @@ (SELECT any_word FROM queries)"""
_EXACT_FALLBACK: LiteralString = f"""{_IN_SCOPE}
     WHERE t.lexemes @@ (SELECT any_prefix FROM queries)"""
_MATCHING: LiteralString = f"""(SELECT {_COLUMNS} FROM document_texts t
     WHERE t.lexemes @@ (SELECT selective FROM queries) AND {{scope}} LIMIT {CANDIDATES_MAX})
    UNION ALL
    ({_OF.format(keys="semantic")})
    UNION ALL
    ({_EXACT_MATCHING} AND (SELECT too_common FROM queries))"""
_FALLBACK: LiteralString = f"""SELECT {_COLUMNS} FROM document_texts t
     WHERE t.lexemes @@ (SELECT any_prefix FROM queries) AND {{scope}} LIMIT {CANDIDATES_MAX}"""
_TEXTUAL: LiteralString = f"""{_QUERIES}, matching AS MATERIALIZED (
    SELECT key, max(score) AS score FROM (
    {_SCORED.format(candidates="{matching}")}
    ) AS scored
    GROUP BY key HAVING max(score) > 0
), fallback AS (
    {_SCORED.format(candidates="{fallback}")}
    WHERE (SELECT count(*) FROM matching) < %(fallback_below)s
), textual AS MATERIALIZED (
    SELECT key, score, row_number() OVER (ORDER BY score DESC, key) AS rank FROM (
        SELECT key, max(score) AS score
        FROM (SELECT * FROM matching UNION ALL SELECT * FROM fallback) AS found GROUP BY key
    ) AS best
)"""
NONE: LiteralString = """textual AS (
    SELECT NULL::bigint AS key, NULL::float8 AS score, NULL::bigint AS rank WHERE false
)"""


def by_index(scope: str) -> str:
    """Return the CTEs that end in `textual (key, score, rank)`, for texts `t` that meet `scope`.

    The documents of `semantic` are candidates too.
    """
    matching, fallback = _MATCHING.format(scope=scope), _FALLBACK.format(scope=scope)
    return _TEXTUAL.format(matching=matching, fallback=fallback)


def exact() -> str:
    """Return the CTEs that end in `textual (key, score, rank)`, for all texts of `in_scope`."""
    return _TEXTUAL.format(matching=_EXACT_MATCHING, fallback=_EXACT_FALLBACK)
