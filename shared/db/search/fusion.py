"""The weighted sum of the scores by meaning and by words, in SQL."""

from typing import LiteralString

from shared.domain.search.fusion import MEANING_WEIGHT

LEAST_SCALE = 1e-6

# A document that is not among the nearest is at most as similar as the last of them. One kind of
# score alone has all the weight. The planner expects one accepted row, and would look for the best
# scores anew for each row if `scale` were not materialized.
FUSED: LiteralString = f"""scale AS MATERIALIZED (
    SELECT min(similarity) AS least_similarity, max(similarity) AS best_similarity,
        max(word_score) AS best_words
    FROM accepted
), fused AS MATERIALIZED (
    SELECT accepted.*,
        CASE WHEN best_similarity IS NULL THEN words
            WHEN best_words IS NULL THEN meaning
            ELSE {MEANING_WEIGHT} * meaning + (1 - {MEANING_WEIGHT}) * words END AS score
    FROM accepted CROSS JOIN scale CROSS JOIN LATERAL (
        SELECT (1 + coalesce(similarity, least_similarity))
                / greatest(1 + best_similarity, {LEAST_SCALE}) AS meaning,
            coalesce(word_score, 0) / coalesce(nullif(best_words, 0), 1) AS words
    ) AS parts
)"""
"""`fused` has the rows of `accepted`, which have a `similarity`, a `word_score` or both."""
