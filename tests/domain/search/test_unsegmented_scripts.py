import pytest

from shared.domain.search.unsegmented_scripts import mark_unsegmented, unsegmented_words


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("日本", "<b>日本</b>語の本"),
        ("本語", "日<b>本語</b>の本"),
        ("日本語", "<b>日本語</b>の本"),
        ("本", "日<b>本</b>語の<b>本</b>"),
        ("ink", "日本語の本"),
        ("", "日本語の本"),
    ],
)
def test_pairs_of_adjacent_characters_are_marked(query: str, marked: str) -> None:
    assert mark_unsegmented("日本語の本", unsegmented_words(query), "<b>", "</b>") == marked


def test_marks_that_exist_stay() -> None:
    words = unsegmented_words("日")
    assert mark_unsegmented("<b>日本</b>日", words, "<b>", "</b>") == "<b>日本</b><b>日</b>"
