import random
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.embedding.chunks import chunks_of
from shared.domain.embedding.splitting import split
from shared.domain.embedding.throughput import RequestLimits, Throughput
from shared.domain.embedding.tokens import estimate_tokens
from shared.domain.embedding.wordpiece import read_vocabulary
from shared.domain.models.identity import ModelIdentity, identify

WORDS = ["ink", "dries", "on", "paper", "while", "the", "press", "turns", "and", "nobody", "reads"]


def prose(seed: int, paragraphs: int) -> list[str]:
    dice = random.Random(seed)

    def sentence() -> str:
        return " ".join(dice.choices(WORDS, k=dice.randint(5, 20))).capitalize() + "."

    return [" ".join(sentence() for _ in range(dice.randint(2, 6))) for _ in range(paragraphs)]


anything = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("ab .\n。😀")),
    max_size=600,
)


@given(anything, st.integers(16, 64))
@example(text="0:0:\r0:00:00:00:0:", max_tokens=16)
def test_spans_cover_the_text_and_each_fits(text: str, max_tokens: int) -> None:
    spans = split(text, max_tokens, estimate_tokens)
    assert (spans[0].start, spans[-1].end) == (0, len(text))
    for earlier, later in pairwise(spans):
        assert earlier.start < later.start <= earlier.end < later.end
    for span in spans:
        assert estimate_tokens(text[span.start : span.end]) <= max_tokens
    if estimate_tokens(text) <= max_tokens:
        assert len(spans) == 1


def test_an_edit_leaves_the_chunks_that_it_does_not_touch() -> None:
    paragraphs = prose(1, 80)
    before = {chunk.text_hash for chunk in chunks_of("T", "\n\n".join(paragraphs), 120, len_words)}
    new = []
    for place in range(5, 75, 7):
        edited = [*paragraphs]
        edited[place] = prose(place, 1)[0] + " " + prose(100 + place, 1)[0]
        after = chunks_of("T", "\n\n".join(edited), 120, len_words)
        new.append(len({chunk.text_hash for chunk in after} - before))
    assert len(before) > 40
    assert sum(new) / len(new) < 6
    assert min(new) >= 1


def len_words(text: str) -> int:
    return len(text.split())


def test_a_cut_falls_between_paragraphs_rather_than_within() -> None:
    text = "\n\n".join("\n".join(prose(n, 1)[0].split(". ")[:2]) for n in range(20))
    spans = split(text, 120, len_words)
    assert len(spans) > 4
    assert all(text[span.end - 2 : span.end] == "\n\n" for span in spans[:-1])


def test_every_chunk_stands_under_the_title_and_quotes_the_content() -> None:
    content = " ".join(prose(3, 20))
    chunks = list(chunks_of("On ink", content, 64, estimate_tokens))
    assert len(chunks) > 5
    for chunk in chunks:
        assert chunk.text == "On ink\n\n" + content[chunk.start : chunk.end]
        assert estimate_tokens(chunk.text) <= 64


def test_a_title_that_would_crowd_out_the_text_is_shortened() -> None:
    chunks = list(chunks_of("word " * 300, "The text itself.", 64, estimate_tokens))
    assert len(chunks) == 1
    assert chunks[0].text.endswith("The text itself.")
    assert estimate_tokens(chunks[0].text) <= 64


@pytest.mark.parametrize(
    ("text", "at_least"),
    [("", 0), ("ink", 1), ("internationalization", 3), ("日本語", 3), ("größer", 3), ("1234", 2)],
)
def test_tokens_are_guessed_high(text: str, at_least: int) -> None:
    assert estimate_tokens(text) >= at_least


def test_an_endless_word_is_cut_though_its_model_reads_words() -> None:
    """llama.cpp makes tokens of all its pieces, however many."""
    wordpiece = read_vocabulary(
        ["[UNK]", *"0123456789abcdef", *(f"##{c}" for c in "0123456789abcdef")]
    )
    content = "".join(random.Random(5).choices("0123456789abcdef", k=5000))
    chunks = list(chunks_of(None, content, 254, wordpiece.count))
    assert len(chunks) >= 5000 / 254
    assert max(chunk.end - chunk.start for chunk in chunks) <= 254
    assert wordpiece._cached_pieces.cache_info().currsize < 200


def test_prefixes_are_known_by_the_models_name_and_can_be_set() -> None:
    nomic = ModelIdentity("x/nomic-embed-text:v1.5", "search_document: ", "search_query: ")
    assert identify(nomic.name, "auto", "auto") == nomic
    assert identify("all-minilm", "auto", "auto") == ModelIdentity("all-minilm")
    assert identify("nomic-embed-text", "none", "q: ").document_prefix == ""
    assert identify("nomic-embed-text", "none", "q: ").query_prefix == "q: "


def test_a_request_is_as_large_as_the_model_takes_in_its_time() -> None:
    pace = Throughput(RequestLimits(seconds=0.2, texts=64, tokens=16_384))
    for _ in range(200):
        pace.record(tokens=600, seconds=0.2)
    assert 550 <= pace.request_tokens <= 650
    assert pace.next_request_texts([60] * 100) in range(9, 11)
    assert pace.next_request_texts([5000, 1]) == 1
    assert pace.next_request_texts([60] * 11) in range(5, 7)  # not ten, and one alone
    for _ in range(1000):
        pace.record(tokens=10_000, seconds=0.01)
    assert pace.request_tokens == 16_384
    assert pace.next_request_texts([1] * 100) == 64
