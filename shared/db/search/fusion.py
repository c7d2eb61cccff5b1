"""The weighted sum of the scores by meaning and by words, in SQL."""

from typing import LiteralString

from shared.domain.search.fusion import MEANING_WEIGHT

LEAST_SCALE = 1e-6

# A document that is not among the nearest is at most as similar as the last of them. One kind of
# score alone has all the weight. The planner expects one accepted row, and would look for the best
# scores anew for each row if `scale` were not materialized.
FUSED: LiteralString = f"""scale AS MATERIALIZED (
    SELECT min(meaning) AS least_meaning, max(meaning) AS best_meaning,
        max(word_score) AS best_words
    FROM accepted
), fused AS MATERIALIZED (
    SELECT accepted.*,
        CASE WHEN best_meaning IS NULL THEN words
            WHEN best_words IS NULL THEN nearness
            ELSE {MEANING_WEIGHT} * nearness + (1 - {MEANING_WEIGHT}) * words END AS score
    FROM accepted CROSS JOIN scale CROSS JOIN LATERAL (
        SELECT (1 + coalesce(meaning, least_meaning))
                / greatest(1 + best_meaning, {LEAST_SCALE}) AS nearness,
            coalesce(word_score, 0) / coalesce(nullif(best_words, 0), 1) AS words
    ) AS parts
)"""
"""`fused` has the rows of `accepted`, which have a `meaning`, a `word_score` or both.

`meaning` is the similarity, made comparable between models."""
