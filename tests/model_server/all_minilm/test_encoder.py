import itertools

import numpy as np
import pytest

from local.model_server.all_minilm.encoder import (
    BATCH_TEXTS,
    CONTEXT_LENGTH,
    MAX_PADDING,
    MiniLmEncoder,
)
from tests.model_server.all_minilm.reference import Reference

TEXTS = [
    "why is the sky blue?",
    "",
    "The cat sits outside",
    "Über die Wälder: naïve Café-Besuche kosten 4,50 €.",
    "東京は日本の首都です。",
    "import numpy as np\n\ndef f(x):\n\treturn x ** 2  # a square",
    "lists\x00with\x00NULs, emoji 🦜 and [SEP] in the middle",
    "A document that is somewhat longer than the others, so that the batch needs padding. " * 5,
    "antidisestablishmentarianism " * 200,
]


@pytest.fixture(scope="module")
def reference(encoder: MiniLmEncoder) -> Reference:
    return Reference(encoder.directory)


def test_vectors_equal_those_of_an_independent_implementation(
    encoder: MiniLmEncoder, reference: Reference
) -> None:
    expected = np.array([reference.vector(text) for text in TEXTS])
    cosines = (encoder.encode(TEXTS) * expected).sum(axis=1)
    assert cosines.min() > 0.999999


@pytest.mark.parametrize(
    ("text", "published"),
    [
        (
            "Why is the sky blue?",
            [0.010071029, -0.0017594862, 0.05007221, 0.04692972, 0.054916814],
        ),
        (
            "Why is the grass green?",
            [-0.0098027075, 0.06042469, 0.025257962, -0.006364387, 0.07272725],
        ),
    ],
)
def test_vectors_equal_those_in_the_ollama_documentation(
    encoder: MiniLmEncoder, text: str, published: list[float]
) -> None:
    # Ollama uses weights of half precision.
    np.testing.assert_allclose(encoder.encode([text])[0, :5], published, atol=3e-4)


def test_vectors_have_unit_length_and_384_dimensions(encoder: MiniLmEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_give_no_vectors(encoder: MiniLmEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_a_vector_does_not_depend_on_its_batch(encoder: MiniLmEncoder) -> None:
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "related", "unrelated"),
    [
        ("cat", "kitten", "dog"),
        ("I love programming in python", "Coding in python brings me joy", "Pizza is delicious"),
        (
            "The cat is sleeping on the sofa",
            "A feline is sleeping on the couch",
            "Quantum physics is complex",
        ),
    ],
)
def test_related_texts_are_closer(
    encoder: MiniLmEncoder, text: str, related: str, unrelated: str
) -> None:
    vector, near, far = encoder.encode([text, related, unrelated])
    assert vector @ near > vector @ far


def test_a_long_text_is_cut_at_256_tokens(encoder: MiniLmEncoder) -> None:
    words = ["ink"] * 400
    exact, longer, much_longer = encoder.encode(
        [" ".join(words[: CONTEXT_LENGTH - 2]), " ".join(words), " ".join(words * 100)]
    )
    np.testing.assert_allclose(longer, exact, atol=1e-6)
    np.testing.assert_allclose(much_longer, exact, atol=1e-6)


def test_only_a_text_over_the_context_is_marked_as_cut(encoder: MiniLmEncoder) -> None:
    fitting, cut = encoder.tokenize(["ink " * (CONTEXT_LENGTH - 2), "ink " * (CONTEXT_LENGTH - 1)])
    assert (len(fitting.ids), fitting.truncated) == (CONTEXT_LENGTH, False)
    assert (len(cut.ids), cut.truncated) == (CONTEXT_LENGTH, True)


@pytest.mark.parametrize(
    "text",
    [
        "a b c " * 5_000,
        "embeddings " * 2_000,
        "x" * 50_000,
        "x" * 4_100 + " and then ordinary words" * 500,
        " " * 30_000 + "late",
        "漢字" * 10_000,
        "e\u0301" * 10_000,
        "0f" * 2_040 + "[SEP]" + " tail" * 3_000,
    ],
    ids=["letters", "words", "one word", "word then words", "blanks", "Han", "accents", "special"],
)
def test_a_huge_text_is_tokenized_like_a_whole(
    encoder: MiniLmEncoder, reference: Reference, text: str
) -> None:
    (tokens,) = encoder.tokenize([text])
    assert tokens.ids == reference.ids(text)


def test_batches_are_small_sorted_and_barely_padded(encoder: MiniLmEncoder) -> None:
    tokens = encoder.tokenize(["ink " * (n * 7 % 20) for n in range(200)])
    groups = list(encoder.batches(tokens))
    assert sorted(itertools.chain.from_iterable(groups)) == list(range(200))
    lengths = [[len(tokens[index].ids) for index in group] for group in groups]
    flat = list(itertools.chain.from_iterable(lengths))
    assert flat == sorted(flat)
    assert max(map(len, lengths)) == BATCH_TEXTS
    assert all(group[-1] <= MAX_PADDING * group[0] for group in lengths)
