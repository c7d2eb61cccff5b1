import math

import pytest

from shared.domain.embedding.vectors import check_vector, cosine_similarity
from shared.domain.model_errors import TextRejected


@pytest.mark.parametrize(
    ("vector", "code"),
    [
        ([1.0], "wrong_dimensions"),
        ([math.nan, 1.0], "vector_not_finite"),
        ([math.inf, 1.0], "vector_not_finite"),
        ([0.0, 0.0], "vector_zero"),
    ],
)
def test_a_vector_that_cannot_be_searched_is_rejected(vector: list[float], code: str) -> None:
    with pytest.raises(TextRejected) as caught:
        check_vector(vector, 2)
    assert caught.value.code == code


def test_cosine_similarity() -> None:
    assert cosine_similarity([1, 0], [2, 0]) == pytest.approx(1)
    assert cosine_similarity([1, 0], [0, 1]) == 0
    assert cosine_similarity([1, 0], [0, 0]) == 0
    assert cosine_similarity([1, 0], [1, 0, 0]) == 0
