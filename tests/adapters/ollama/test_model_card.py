"""What the model server tells of its model is what the model does."""

from collections.abc import Iterator

import pytest

from shared.adapters.ollama.embedder import OllamaEmbedder
from shared.config import Settings
from shared.domain.embedding.tokens import SPECIAL_TOKENS
from shared.domain.embedding.wordpiece import read_vocabulary
from shared.domain.errors import ModelUnavailable, RejectionCode, TextRejected

TEXTS = [
    "Ink dries on paper; nobody re-reads what 1,234 presses wrote in_a_hurry (really?).",
    "Die Rechtsschutzversicherungsgesellschaft übernimmt sämtliche Kosten.",
    "人工智能正在改变 2024 年的生活方式。",
    "Быстрая коричневая лиса",
    "def f(x: int) -> int:\n    return x ** 2  # squared",
    "naïve café ﬁ ẞ İstanbul",
]


@pytest.fixture
def embedder(settings: Settings) -> Iterator[OllamaEmbedder]:
    embedder = OllamaEmbedder(settings)
    yield embedder
    embedder.close()


def test_tokens_are_counted_as_the_model_counts_them(embedder: OllamaEmbedder) -> None:
    card = embedder.card("all-minilm")
    assert card.context_tokens == 256
    count = read_vocabulary(card.vocabulary).count
    for text in TEXTS:
        assert count(text) + SPECIAL_TOKENS == embedder.embed("all-minilm", [text]).tokens


def test_an_endless_word_is_never_counted_low(embedder: OllamaEmbedder) -> None:
    count = read_vocabulary(embedder.card("all-minilm").vocabulary).count
    text = "x" * 150
    assert count(text) + SPECIAL_TOKENS >= embedder.embed("all-minilm", [text]).tokens
    assert count(text) == 150


def test_both_spellings_of_a_vocabulary_mean_the_same() -> None:
    bert = read_vocabulary(["[UNK]", "ink", "##ed", "un"])
    gguf = read_vocabulary(["[UNK]", "▁ink", "ed", "▁un"])
    for text, tokens in {"inked": 2, "un ink": 2, "edink": 1, "": 0}.items():
        assert bert.count(text) == gguf.count(text) == tokens


def test_a_text_is_never_cut_silently(embedder: OllamaEmbedder) -> None:
    with pytest.raises(TextRejected) as refused:
        embedder.embed("all-minilm", ["short", "ink " * 300])
    assert refused.value.code == RejectionCode.TOO_LONG


def test_a_model_that_is_missing_has_no_card(embedder: OllamaEmbedder) -> None:
    with pytest.raises(ModelUnavailable) as missing:
        embedder.card("no-such-model")
    assert missing.value.reason == "model_missing"
