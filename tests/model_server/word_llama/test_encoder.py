import json
import struct

import numpy as np
import pytest
from tokenizers import Tokenizer

from local.model_server.word_llama import weights
from local.model_server.word_llama.encoder import CONTEXT_LENGTH, WordLlamaEncoder

TEXTS = [
    "why is the sky blue?",
    "The cat sits outside",
    "Über die Wälder: naïve Café-Besuche kosten 4,50 €.",
    "東京は日本の首都です。",
    "import numpy as np\n\ndef f(x):\n\treturn x ** 2  # a square",
    "lists\x00with\x00NULs, emoji 🦜 and <s> in the middle",
    "antidisestablishmentarianism " * 200,
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(weights.path(weights.TOKENIZER)))


def ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


def test_a_vector_is_the_mean_of_the_rows_of_its_tokens(
    word_llama: WordLlamaEncoder, tokenizer: Tokenizer
) -> None:
    content = weights.path(weights.SAFETENSORS).read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    assert json.loads(content[8 : 8 + size])["embedding.weight"]["shape"] == [32_000, 256]
    rows = np.frombuffer(content, "<f2", offset=8 + size).reshape(32_000, 256).astype(np.float64)
    for text, vector in zip(TEXTS, word_llama.encode(TEXTS), strict=True):
        mean = rows[ids(tokenizer, text)].mean(axis=0)
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ufffd", "</s>"])
def test_every_text_has_a_vector(word_llama: WordLlamaEncoder, text: str) -> None:
    (vector,) = word_llama.encode([text])
    assert np.linalg.norm(vector) == pytest.approx(1)


def test_no_texts_give_no_vectors(word_llama: WordLlamaEncoder) -> None:
    assert word_llama.encode([]).shape == (0, 256)


def test_a_vector_does_not_depend_on_its_batch(word_llama: WordLlamaEncoder) -> None:
    together = word_llama.encode(TEXTS * 20)
    alone = np.concatenate([word_llama.encode([text]) for text in TEXTS])
    np.testing.assert_array_equal(together, np.tile(alone, (20, 1)))


def test_related_texts_are_closer(word_llama: WordLlamaEncoder) -> None:
    vector, near, far = word_llama.encode(["cat", "kitten", "airplane"])
    assert vector @ near > vector @ far


def test_only_a_text_over_the_context_is_marked_as_cut(word_llama: WordLlamaEncoder) -> None:
    fitting, cut = word_llama.tokenize(["a" + " a" * n for n in (CONTEXT_LENGTH - 1, 9000)])
    assert (len(fitting.ids), fitting.truncated) == (CONTEXT_LENGTH, False)
    assert (len(cut.ids), cut.truncated) == (CONTEXT_LENGTH, True)


@pytest.mark.parametrize(
    "text",
    ["a b c " * 30_000, "x" * 200_000, " " * 200_000 + "late", "漢字" * 50_000, "0f" * 50_000],
    ids=["letters", "one word", "blanks", "Han", "hexadecimal"],
)
def test_a_huge_text_is_tokenized_like_a_whole(
    word_llama: WordLlamaEncoder, tokenizer: Tokenizer, text: str
) -> None:
    (tokens,) = word_llama.tokenize([text])
    assert tokens.ids == ids(tokenizer, text)[:CONTEXT_LENGTH]


def test_no_token_is_longer_than_the_encoder_expects(word_llama: WordLlamaEncoder) -> None:
    vocabulary = word_llama.vocabulary()
    assert len(vocabulary) == 32_000
    assert max(map(len, vocabulary)) == 16
