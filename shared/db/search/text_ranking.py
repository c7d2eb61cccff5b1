"""Ranking by words: BM25 on a bounded number of candidates, as parts of the search statement.

Any of the query's words may match. The documents of its rare words are all looked at, of common
words those that have two of them, and the nearest by meaning too: what is left out has little to
gain by BM25. Only where that finds too little, any word and any beginning of one will do.

A word that more documents hold than `common` is looked up only beside a rarer one, for by itself
the index would read them all first; of a query of such words alone, the documents in `reach` are
ranked instead.
"""

from typing import LiteralString

WORDS_MAX = 64
"""The rarest words of a longer query stand for it."""
CANDIDATES_EXPECTED = 500
"""Up to about so many documents are looked at for their words."""
CANDIDATES_MAX = 2 * CANDIDATES_EXPECTED
PREFIX_CHARACTERS = 5
"""The shortest word that may stand for longer ones beginning with it."""

# A query is read in every language that some document is in, and a document scores by the
# lexemes of its own.
WORDS: LiteralString = rf"""
statistics AS MATERIALIZED (
    SELECT coalesce(max(documents), 1) AS documents,
        coalesce(max(average_length), 1) AS average_length,
        coalesce(max(unlisted_documents), 1) AS unlisted_documents
    FROM text_statistics
), asked AS MATERIALIZED (
    SELECT lexeme, array_agg(language) AS languages, max(cardinality(positions)) AS times,
        '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' AS literal
    FROM text_languages, unnest(text_lexemes(language, %(query)s, false)) GROUP BY lexeme
), counted AS (
    SELECT a.*, s.documents AS total, least(s.documents, coalesce(
        (SELECT f.documents FROM lexeme_frequencies f WHERE f.lexeme = a.lexeme),
        s.unlisted_documents)) AS documents
    FROM asked a CROSS JOIN statistics s
    ORDER BY documents, lexeme LIMIT {WORDS_MAX}
), words AS MATERIALIZED (
    SELECT *, literal::tsquery AS word,
        times * ln(1 + (total - documents + 0.5) / (documents + 0.5)) AS weight,
        row_number() OVER rarest AS place,
        sum(documents) OVER rarest <= {CANDIDATES_EXPECTED} AS rare,
        sum(documents) OVER rarest > %(common)s AS too_common
    FROM counted WINDOW rarest AS (ORDER BY documents, lexeme)
)"""

_QUERIES: LiteralString = f"""
common AS (
    SELECT *, row_number() OVER (ORDER BY place) AS number FROM words WHERE NOT rare
), pairs AS (
    SELECT a.number, a.literal, b.literal AS other,
        sum(a.documents * b.documents / a.total)
            OVER (ORDER BY a.documents * b.documents, a.number, b.number) AS expected
    FROM common a JOIN common b ON a.number < b.number WHERE a.number <= 2
), arms AS (
    SELECT literal AS arm FROM words WHERE rare
    UNION ALL
    SELECT '(' || literal || ' & (' || string_agg(other, ' | ') || '))'
    FROM pairs WHERE expected <= {CANDIDATES_EXPECTED} GROUP BY number, literal
), queries AS MATERIALIZED (
    SELECT
        coalesce((SELECT string_agg(arm, ' | ') FROM arms),
            CASE WHEN NOT bool_and(too_common) THEN string_agg(literal, ' & ') END)::tsquery
            AS selective,
        string_agg(literal, ' | ')::tsquery AS any_word,
        (string_agg(literal || CASE WHEN length(lexeme) >= {PREFIX_CHARACTERS}
            THEN ':*' ELSE '' END, ' | ') FILTER (WHERE NOT too_common))::tsquery AS any_beginning,
        bool_and(too_common) AS too_common
    FROM words
)"""

# For one lexeme, ts_rank is a sum of 1/n² up to its number of occurrences, which this inverts:
# five times cheaper than to unnest the tsvector.
_OCCURRENCES: LiteralString = (
    "round(0.6079271::float8"
    " / (1.0000001::float8 - ts_rank(ARRAY[1,1,1,1]::real[], t.lexemes, w.word)) - 0.5::float8)"
)
_SCORED: LiteralString = f"""
    SELECT t.document_key AS key, scored.score
    FROM ({{candidates}}) AS t CROSS JOIN statistics s
    CROSS JOIN LATERAL (
        SELECT 0.3::float8 + 0.9::float8 * t.length / s.average_length AS damping OFFSET 0
    ) AS k
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(w.weight * (1 - k.damping / (k.damping + {_OCCURRENCES}))), 0) AS score
        FROM words w WHERE t.language = ANY(w.languages)
    ) AS scored
"""
_COLUMNS: LiteralString = "t.document_key, t.language, t.length, t.lexemes"
# Where few documents are in reach they are looked up one by one: OFFSET keeps the planner, who
# doesn't know how few, from reading the whole table instead.
_IN_REACH: LiteralString = f"""
    (SELECT {_COLUMNS} FROM reach, LATERAL (
        SELECT * FROM document_texts WHERE document_key = reach.key OFFSET 0
     ) AS t
     WHERE {{condition}} AND t.lexemes @@ (SELECT {{words}} FROM queries))
"""
_FEW: LiteralString = "(SELECT few FROM size)"
_FEW_OR_COMMON: LiteralString = f"({_FEW} OR (SELECT too_common FROM queries))"
_SELECTED: LiteralString = f"""
    (SELECT {_COLUMNS} FROM document_texts t
     WHERE NOT (SELECT few FROM size) AND t.lexemes @@ (SELECT selective FROM queries)
       AND {{scope}} LIMIT {CANDIDATES_MAX})
    UNION ALL
    {_IN_REACH.format(words="any_word", condition=_FEW_OR_COMMON)}
"""
_NEAREST: LiteralString = f"""
    UNION ALL
    (SELECT {_COLUMNS} FROM semantic JOIN document_texts t ON t.document_key = semantic.key
     WHERE NOT (SELECT few FROM size))
"""
_LOOSE: LiteralString = f"""
    SELECT * FROM (
        (SELECT {_COLUMNS} FROM document_texts t
         WHERE NOT (SELECT few FROM size) AND t.lexemes @@ (SELECT any_beginning FROM queries)
           AND {{scope}} LIMIT %(candidates)s)
        UNION ALL
        {_IN_REACH.format(words="any_beginning", condition=_FEW)}
    ) AS found WHERE (SELECT count(*) FROM matching) < %(wanted)s
"""
_TEXTUAL: LiteralString = f"""
{_QUERIES}, matching AS MATERIALIZED (
    SELECT key, max(score) AS score FROM ({_SCORED.format(candidates="{candidates}")}) AS scored
    GROUP BY key HAVING max(score) > 0
), loose AS ({_SCORED.format(candidates=_LOOSE)}
), textual AS MATERIALIZED (
    SELECT key, row_number() OVER (ORDER BY score DESC, key) AS rank FROM (
        SELECT key, max(score) AS score
        FROM (SELECT * FROM matching UNION ALL SELECT * FROM loose) AS found
        GROUP BY key ORDER BY score DESC, key LIMIT %(candidates)s
    ) AS best
)"""


def textual(scope: str, *, with_semantic: bool) -> str:
    """Return the CTEs that end in `textual (key, rank)`.

    They stand on `reach` and `size`, and on `semantic` where its documents are to be ranked too.
    """
    candidates = _SELECTED + (_NEAREST if with_semantic else "")
    return _TEXTUAL.format(candidates=candidates.format(scope=scope), scope=scope)
