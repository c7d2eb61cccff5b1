import random

import pytest

from shared.domain.embedding.chunks import chunks_of, embedded_title
from shared.domain.embedding.tokens import estimate_tokens
from shared.domain.embedding.wordpiece import read_vocabulary
from tests.domain.embedding.prose import count_words, prose


def test_an_edit_changes_only_the_chunks_around_it() -> None:
    paragraphs = prose(1, 80)
    before = {
        chunk.text_hash for chunk in chunks_of("T", "\n\n".join(paragraphs), 120, count_words)
    }
    new = []
    for index in range(5, 75, 7):
        edited = [*paragraphs]
        edited[index] = prose(index, 1)[0] + " " + prose(100 + index, 1)[0]
        after = chunks_of("T", "\n\n".join(edited), 120, count_words)
        new.append(len({chunk.text_hash for chunk in after} - before))
    assert len(before) > 40
    assert sum(new) / len(new) < 6
    assert min(new) >= 1


def test_every_chunk_has_the_title_above_a_piece_of_the_content() -> None:
    content = " ".join(prose(3, 20))
    chunks = list(chunks_of("On ink", content, 64, estimate_tokens))
    assert len(chunks) > 5
    for chunk in chunks:
        assert chunk.text == "On ink\n\n" + content[chunk.start : chunk.end]
        assert estimate_tokens(chunk.text) <= 64


def test_a_long_title_is_shortened() -> None:
    chunks = list(chunks_of("word " * 300, "The text itself.", 64, estimate_tokens))
    assert len(chunks) == 1
    assert chunks[0].text.endswith("The text itself.")
    assert estimate_tokens(chunks[0].text) <= 64


def test_an_endless_word_is_cut() -> None:
    """llama.cpp counts every piece of a word, so a long word must be cut."""
    wordpiece = read_vocabulary(
        ["[UNK]", *"0123456789abcdef", *(f"##{c}" for c in "0123456789abcdef")]
    )
    content = "".join(random.Random(5).choices("0123456789abcdef", k=5000))
    chunks = list(chunks_of(None, content, 254, wordpiece.count))
    assert len(chunks) >= 5000 / 254
    assert max(chunk.end - chunk.start for chunk in chunks) <= 254
    assert wordpiece._cached_pieces.cache_info().currsize < 200


@pytest.mark.parametrize(
    ("title", "file", "embedded"),
    [
        ("quills", "notes/quills.pdf", None),
        ("main.py", "src/main.py", None),
        ("On quills", "notes/quills.pdf", "On quills"),
        ("quills", None, "quills"),
        (None, "notes/quills.pdf", None),
    ],
)
def test_a_title_that_is_only_the_name_of_its_file_is_not_embedded(
    title: str | None, file: str | None, embedded: str | None
) -> None:
    assert embedded_title(title, file) == embedded
