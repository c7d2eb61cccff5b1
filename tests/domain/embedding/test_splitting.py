from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.embedding.splitting import split
from shared.domain.embedding.tokens import estimate_tokens
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


def test_a_cut_between_paragraphs_is_preferred() -> None:
    text = "\n\n".join("\n".join(prose(n, 1)[0].split(". ")[:2]) for n in range(20))
    spans = split(text, 120, count_words)
    assert len(spans) > 4
    assert all(text[span.end - 2 : span.end] == "\n\n" for span in spans[:-1])
