"""The sentences of a source, and the one that supports a claim."""

import pytest

from shared.domain.answers.support import ClaimedText, sentence_spans


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("  One. Two!  ", ["One.", "Two!"]),
        (
            "The line number\nof that line is\nreturned. Next.",
            ["The line number\nof that line is\nreturned.", "Next."],
        ),
        ("The format (i.e. commas) counts.", ["The format (i.e. commas) counts."]),
        ("Heading\n\nlower paragraph", ["Heading", "lower paragraph"]),
        ("- one\n- two", ["- one", "- two"]),
        ("First\nSecond", ["First", "Second"]),
        ("Why? because.", ["Why?", "because."]),
        ("墨が乾く。三分かかる。", ["墨が乾く。", "三分かかる。"]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


def test_a_wrapped_text_is_not_one_endless_sentence() -> None:
    text = "word and word\n" * 500
    spans = list(sentence_spans(text))
    assert len(spans) > 5
    assert max(end - start for start, end in spans) <= 600


def test_the_sentence_with_most_of_the_claim() -> None:
    text = ClaimedText("Ink is blue. Ink dries\nin three minutes. Oil is slow.")
    (start, end), support = text.best("It dries in three minutes")
    assert (start, end, support) == (13, 40, 1.0)
