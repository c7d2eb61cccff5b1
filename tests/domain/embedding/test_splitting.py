from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.embedding.splitting import split
from shared.domain.embedding.tokens import estimate_tokens
from shared.domain.embedding.wordpiece import read_vocabulary
from tests.domain.embedding.prose import count_words, prose

texts = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("ab .\n。😀")),
    max_size=600,
)


@given(texts, st.integers(16, 64))
@example(text="0:0:\r0:00:00:00:0:", max_tokens=16)
@example(text="0:0:0:0:0:0:ɐAA000", max_tokens=16)
@example(text="a" * 600, max_tokens=64)
def test_spans_cover_the_text_and_each_fits(text: str, max_tokens: int) -> None:
    spans = split(text, max_tokens, estimate_tokens)
    assert (spans[0].start, spans[-1].end) == (0, len(text))
    for earlier, later in pairwise(spans):
        assert earlier.start < later.start <= earlier.end < later.end
    for span in spans:
        assert estimate_tokens(text[span.start : span.end]) <= max_tokens
    if estimate_tokens(text) <= max_tokens:
        assert len(spans) == 1


def test_spans_fit_though_cut_words_have_more_tokens_than_their_parts() -> None:
    """A word that the vocabulary lacks is one token, and one per letter if it is very long."""
    count = read_vocabulary(["a", "##a"]).count
    assert count("q" * 50) == 1
    text = "q" * 3000 + " " + "ink " * 10
    spans = split(text, 128, count)
    assert max(count(text[span.start : span.end]) for span in spans) <= 128
    assert all(earlier.start < later.start for earlier, later in pairwise(spans))


def test_a_very_long_word_is_not_counted_at_each_halving() -> None:
    counted = 0

    def count(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return len(text) // 2

    for length in (20_000, 200_000):
        counted = 0
        split("x" * length, 128, count)
        assert counted < 10 * length


def test_a_cut_between_paragraphs_is_preferred() -> None:
    text = "\n\n".join("\n".join(prose(n, 1)[0].split(". ")[:2]) for n in range(20))
    spans = split(text, 120, count_words)
    assert len(spans) > 4
    assert all(text[span.end - 2 : span.end] == "\n\n" for span in spans[:-1])
