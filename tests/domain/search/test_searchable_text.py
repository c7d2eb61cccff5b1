"""Texts are broken where PostgreSQL's parser would take quadratic time, and nowhere else."""

import unicodedata

import pytest

from shared.domain.search.searchable_text import (
    QUERY_CHARACTERS,
    SLICE_CHARACTERS,
    query_words,
    searchable_text,
)

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
UUID = "550e8400-e29b-41d4-a716-446655440000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "See foo_bar.txt, https://example.com/a_b?c=d and a@example.com.",
        f"The hash {SHA256} is a word.",
        "Größe über 20 µm",
        "墨水在紙上乾得很快" * 100,
        "\uff46\uff55\uff4c\uff4c \uff57\uff49\uff44\uff54\uff48",
        "e\u0301 " * 100,
        "word " * SLICE_CHARACTERS,
        "line\n" * SLICE_CHARACTERS,
    ],
)
def test_most_texts_stay_as_they_are(text: str) -> None:
    assert searchable_text(text) == text


@pytest.mark.parametrize(
    ("text", "searchable"),
    [
        ("a_" * 30, " ".join("a" * 30)),
        ("x" * 130, f"{'x' * 64} {'x' * 64} xx"),
        (f"sha256:{SHA256}", f"sha256 {SHA256}"),
        (f"{UUID}_{UUID}", f"{UUID} {UUID}"),
        (
            "https://example.com/articles/2024/how-to-dry-ink-on-paper?from=mail&x=1",
            "https example.com articles 2024 how-to-dry-ink-on-paper from mail x 1",
        ),
        ("Option<Gizmo> </b>", "Option Gizmo>  b>"),
        ("a \uff1cb", "a  b"),
    ],
)
def test_long_runs_are_broken_at_their_strongest_punctuation(text: str, searchable: str) -> None:
    assert searchable_text(text) == searchable


@pytest.mark.parametrize(
    "mark", ["\u0301", "\u0344", "\uff9e", "\u0f73", "\U0001d165", "\U00010efd"]
)
def test_runs_of_marks_are_interrupted(mark: str) -> None:
    normalized = unicodedata.normalize("NFKD", searchable_text("a" + mark * 100))
    assert max(map(len, normalized.replace(" ", "\u034f").split("\u034f"))) <= 64


def test_a_text_grows_to_four_times_its_length_at_most() -> None:
    text = "\ufdfa" * 1000
    assert len(searchable_text(text)) <= 4 * len(text)


def test_the_words_of_a_query_are_those_of_a_document() -> None:
    words = query_words(f"sha256:{SHA256} \uff49\uff4e\uff4b 墨水")
    assert (words.spaced.split(), words.unsegmented) == (["sha256", SHA256, "ink"], "墨水")


def test_the_words_of_a_query_are_bounded() -> None:
    assert len(query_words("ink " * QUERY_CHARACTERS).spaced) == QUERY_CHARACTERS
