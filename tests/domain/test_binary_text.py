"""Base64 and data URIs are no text, and everything else is."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.binary_text import BINARY_CHARACTERS, readable_regions
from shared.domain.embedding.chunks import chunks_of
from shared.domain.embedding.tokens import estimate_tokens

DATA = base64.b64encode(random.Random(1).randbytes(3000)).decode()
LINES = base64.encodebytes(random.Random(1).randbytes(3000)).decode()


def readable(text: str) -> list[str]:
    return [text[region.start : region.end] for region in readable_regions(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a ![p](data:image/png;base64,{DATA}) b", ["a ![p](", ") b"]),
        (f'a <img src="data:image/svg+xml,{"%3Csvg" * 50}"> b', ['a <img src="', '"> b']),
        (f"a {DATA} b", ["a ", " b"]),
        (f"a\n{LINES}\nb", ["a\n", "\n\nb"]),
        (DATA, [DATA[:BINARY_CHARACTERS]]),
        (f"{DATA}) b", [") b"]),
    ],
)
def test_binary_data_is_cut_out(text: str, expected: list[str]) -> None:
    assert readable(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 10_000,
        "data:text/plain,hello " * 50,
        "see /usr/local/lib/python3/site-packages/" * 50,
        "word " * 1000,
        f"{'9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' * 4}",
        "a_b_C_1_" * 20,
        "墨水" * 500,
    ],
)
def test_texts_are_readable_as_a_whole(text: str) -> None:
    assert readable(text) == [text]


@given(st.lists(st.sampled_from([" ink dries. ", "\n", DATA, LINES, "(", ") "]), max_size=8))
def test_chunks_quote_the_content_outside_of_binary_data(parts: list[str]) -> None:
    content = "".join(parts)
    for chunk in chunks_of(None, content, 64, estimate_tokens):
        assert content[chunk.start : chunk.end] == chunk.text
        assert "ink" in chunk.text or "ink" not in content
        assert len(chunk.text) < 600
