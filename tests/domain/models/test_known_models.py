import pytest

from shared.domain.errors import InvalidInput
from shared.domain.models.known_models import assumption, check_cut, known_model


@pytest.mark.parametrize(
    ("name", "dimensions", "context"),
    [
        ("all-minilm", 384, 256),
        ("all-minilm:33m-l12-v2-fp16", 384, 256),
        ("nomic-embed-text:v1.5", 768, 8192),
        ("registry:5000/x/nomic-embed-text:latest", 768, 8192),
        ("mxbai-embed-large:335m", 1024, 512),
        ("bge-m3:567m", 1024, 8192),
        ("snowflake-arctic-embed", 1024, 512),
        ("snowflake-arctic-embed:22m", 384, 512),
        ("snowflake-arctic-embed:137m-m-long-fp16", 768, 2048),
        ("snowflake-arctic-embed2:568m", 1024, 8192),
        ("embeddinggemma:300m-qat-q8_0", 768, 2048),
        ("qwen3-embedding", 4096, 32_768),
        ("qwen3-embedding:8b", 4096, 32_768),
        ("qwen3-embedding:4b-q4_K_M", 2560, 32_768),
        ("qwen3-embedding:0.6b", 1024, 32_768),
        ("wordllama:256", 256, 4096),
    ],
)
def test_a_model_is_known_by_its_family_and_size(name: str, dimensions: int, context: int) -> None:
    model = known_model(name)
    assert model is not None
    assert (model.dimensions, model.context_tokens) == (dimensions, context)
    assert assumption(name) is None


def test_a_tag_keeps_the_prefixes_of_its_family() -> None:
    for name in ("snowflake-arctic-embed", "qwen3-embedding"):
        family, size = known_model(name), known_model(f"{name}:0.6b")
        assert family is not None
        assert size is not None
        assert size.query_prefix == family.query_prefix


def test_an_unknown_model_works_with_assumptions_that_are_named() -> None:
    assert known_model("my/own-model:1") is None
    sentence = assumption("my/own-model:1")
    assert sentence is not None
    assert "'my/own-model:1'" in sentence
    assert "INKDEX_DOCUMENT_PREFIX" in sentence
    check_cut("my/own-model:1", 100)


@pytest.mark.parametrize(
    ("name", "dimensions"),
    [
        ("all-minilm", 384),
        ("nomic-embed-text", 64),
        ("mxbai-embed-large", 512),
        ("snowflake-arctic-embed2", 256),
        ("embeddinggemma", 128),
        ("qwen3-embedding:0.6b", 32),
        ("qwen3-embedding:0.6b", 777),
        ("qwen3-embedding", 4000),
        ("wordllama", 128),
    ],
)
def test_cuts_for_which_a_model_was_trained(name: str, dimensions: int) -> None:
    check_cut(name, dimensions)


@pytest.mark.parametrize(
    ("name", "dimensions", "reason"),
    [
        ("all-minilm", 256, "It has 384 and can't be cut. Leave out 'dimensions'."),
        ("bge-m3", 2000, "bge-m3 can't have 2,000 dimensions. It has 1,024 and can't be cut."),
        ("nomic-embed-text", 300, "It has 768 and can be cut to 512, 256, 128 or 64."),
        ("snowflake-arctic-embed2", 512, "It has 1,024 and can be cut to 256."),
        ("qwen3-embedding:4b", 16, "It has 2,560 and can be cut to any number from 32."),
        ("qwen3-embedding:4b", 4000, "qwen3-embedding:4b can't have 4,000 dimensions."),
        ("own", 0, "must be at least 1"),
        ("all-minilm", -1, "must be at least 1"),
    ],
)
def test_other_cuts_are_refused_with_what_is_possible(
    name: str, dimensions: int, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_cut(name, dimensions)
    (error,) = refused.value.errors
    assert error.path == ("dimensions",)
    assert reason in error.message
