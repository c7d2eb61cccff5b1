"""The model server's description of a model agrees with what the model does."""

import math
from collections.abc import Iterator

import pytest

from shared.adapters.ollama.embedder import OllamaEmbedder
from shared.adapters.ollama.model_card import same_model
from shared.config import Settings
from shared.domain.embedding.tokens import SPECIAL_TOKENS
from shared.domain.embedding.wordpiece import read_vocabulary
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.reasons import RejectionCode

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
    embedder = OllamaEmbedder(settings, settings.ollama_host)
    yield embedder
    embedder.close()


def test_tokens_are_counted_as_the_model_counts_them(embedder: OllamaEmbedder) -> None:
    card = embedder.card("all-minilm")
    assert card.context_tokens == 256
    count = read_vocabulary(card.vocabulary).count
    for text in TEXTS:
        assert count(text) + SPECIAL_TOKENS == embedder.embed("all-minilm", [text]).tokens


def test_the_count_of_an_endless_word_is_never_too_low(embedder: OllamaEmbedder) -> None:
    count = read_vocabulary(embedder.card("all-minilm").vocabulary).count
    text = "x" * 150
    assert count(text) + SPECIAL_TOKENS >= embedder.embed("all-minilm", [text]).tokens
    assert count(text) == 150


def test_a_text_is_never_cut_silently(embedder: OllamaEmbedder) -> None:
    with pytest.raises(TextRejected) as refused:
        embedder.embed("all-minilm", ["short", "ink " * 300])
    assert refused.value.code == RejectionCode.TOO_LONG


def test_vectors_are_cut_as_asked(embedder: OllamaEmbedder) -> None:
    assert embedder.card("wordllama").dimensions == 256
    whole, cut = (embedder.embed("wordllama", ["ink"], each).vectors[0] for each in (None, 64))
    assert (len(whole), len(cut)) == (256, 64)
    assert math.hypot(*cut) == pytest.approx(1)


def test_a_missing_model_has_no_card(embedder: OllamaEmbedder) -> None:
    with pytest.raises(ModelUnavailable) as missing:
        embedder.card("no-such-model")
    assert missing.value.reason == "model_missing"


def test_a_name_without_a_tag_means_the_latest() -> None:
    assert same_model("all-minilm", "all-minilm:latest")
    assert same_model("host:5000/a/m", "host:5000/a/m:latest")
    assert not same_model("all-minilm", "all-minilm:l6")
