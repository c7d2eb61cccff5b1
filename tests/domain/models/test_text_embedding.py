"""Which model embeds a text, and which texts are refused."""

import pytest

from shared.domain.errors import InvalidInput
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.models.identity import ModelIdentity
from shared.domain.models.text_embedding import TOKENS_MAX, EmbeddingRequest, InputType


def model(
    id_: int, name: str, cut: int | None = None, dimensions: int | None = 1024
) -> EmbeddingModel:
    return EmbeddingModel(
        id_, ModelIdentity(name, "document: ", "query: ", cut), "weights", dimensions, None
    )


MODELS = [
    model(1, "mxbai-embed-large"),
    model(2, "mxbai-embed-large", 512, 512),
    model(3, "mxbai-embed-large", 512, 512),
    model(4, "own/model:latest"),
]


@pytest.mark.parametrize(
    ("name", "dimensions", "id_"),
    [
        ("mxbai-embed-large", None, 1),
        ("mxbai-embed-large", 512, 3),
        ("mxbai-embed-large:latest", 512, 3),
        ("own/model", None, 4),
        ("own/model:latest", 7, 4),
        ("own/model:other", None, None),
        ("all-minilm", None, None),
    ],
)
def test_a_model_is_chosen_by_its_name_and_dimensions(
    name: str, dimensions: int | None, id_: int | None
) -> None:
    chosen = EmbeddingRequest(name, ["text"], dimensions).chosen(MODELS)
    assert (chosen.id if chosen else None) == id_


def test_vectors_are_cut_as_those_of_the_collection_or_as_asked() -> None:
    whole, cut, *_ = MODELS
    assert EmbeddingRequest("", []).cut(whole) is None
    assert EmbeddingRequest("", []).cut(cut) == 512
    assert EmbeddingRequest("", [], 512).cut(whole) == 512
    assert EmbeddingRequest("", [], 1024).cut(cut) == 1024
    with pytest.raises(InvalidInput, match="dimensions"):
        EmbeddingRequest("", [], 7).cut(whole)


def test_the_prefix_of_a_type_is_added_and_no_other() -> None:
    read = [EmbeddingRequest("", ["x"], None, each).as_read_by(MODELS[0]) for each in (*InputType,)]
    assert read == [["query: x"], ["document: x"]]
    assert EmbeddingRequest("", ["x"]).as_read_by(MODELS[0]) == ["x"]


def test_empty_and_long_texts_are_refused_by_their_position() -> None:
    for text, message in (("", "empty"), ("a" * 4 * TOKENS_MAX, "tokens")):
        with pytest.raises(InvalidInput, match=message) as refused:
            EmbeddingRequest("", ["fine", text]).check()
        assert refused.value.errors[0].path == ("input", 1)
        with pytest.raises(InvalidInput) as refused:
            EmbeddingRequest("", [text]).check()
        assert refused.value.errors[0].path == ("input",)
