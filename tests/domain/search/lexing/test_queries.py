"""The terms of a query, and what each counts for."""

import pytest

from shared.domain.search.lexing.forms import stem
from shared.domain.search.lexing.own_words import OWN_WORDS
from shared.domain.search.lexing.queries import (
    QUERY_CHARACTERS,
    READINGS_MAX,
    WORDS_MIN,
    Form,
    query_terms,
)
from shared.domain.search.lexing.stop_words import STOP_WORDS


def sought(text: str, *languages: str) -> list[tuple[str, ...]]:
    return [term.form.lexemes for term in query_terms(text, languages) if term.form.sought]


def test_a_word_is_one_term_in_all_languages_that_read_it_alike() -> None:
    (ink,) = query_terms("ink ink", ["english", "simple"])
    assert (ink.form.counted, ink.times, ink.languages) == (
        ("ink", "~ink"),
        2,
        ("english", "simple"),
    )
    running = query_terms("running", ["english", "simple"])
    assert [term.languages for term in running] == [("english",), ("simple",)]


def test_stop_words_of_any_language_are_sought_only_alone() -> None:
    assert sought("the Tinte", "english", "german") == [("tint", "~tint")]
    assert sought("the", "german") == [("the", "~the")]
    assert sought("to be or not to be", "english")[0] == ("to", "~to")
    assert sought("don't", "english") != []
    assert sought("don't ink", "english") == [("ink", "~ink")]


LANGUAGES = ("english", "french", "german", "dutch", "swedish", "spanish")
ARTICLES = """
    der die das den dem des ein eine einer le la les un une des du de het een el los las una unos
    unas il lo gli i o os as um uma et en ett
    al del dal dei sul nel im am zum zur vom au aux do da dos das no na nos nas
    mein meine sein seine ihr ihre mon ton son mes tes ses notre votre mi mis tu tus su sus
    mia mie mio suo sua sue tuo tua tue meu minha seu min mina mitt din sin hans hendes
    mine my his her our ours your yours their"""


@pytest.mark.parametrize(
    ("query", "word", "languages"),
    [
        ("car insurance", "car", {"english"}),
        ("the men of the village", "men", {"english"}),
        ("man made door", "door", {"english"}),
        ("how to pour the ink", "pour", {"english"}),
        ("pour l'encre des papiers", "pour", set()),
        ("door handle", "door", {"english"}),
        ("die Zauberflöte", "die", set()),
        ("mes chaussettes", "mes", set()),
        ("las llaves", "las", set()),
        ("ton chapeau", "ton", set()),
        ("Kunde melden", "kunde", {"german"}),
        ("the ink", "the", set()),
        ("the ink", "ink", set(LANGUAGES)),
    ],
)
def test_stop_words_of_another_language_may_be_words_of_their_own(
    query: str, word: str, languages: set[str]
) -> None:
    sought = [term for term in query_terms(query, LANGUAGES) if term.form.sought]
    found = ((each, term.form.counted) for term in sought for each in term.languages)
    assert {each for each, counted in found if stem(each, word) in counted} == languages


def test_own_words_are_stop_words_of_other_languages_only() -> None:
    for language, words in OWN_WORDS.items():
        others = (each for other, each in STOP_WORDS.items() if other != language)
        assert words <= frozenset[str]().union(*others) - STOP_WORDS[language], language


def test_articles_and_possessives_are_not_own_words() -> None:
    for language, words in OWN_WORDS.items():
        assert words.isdisjoint(ARTICLES.split()), language


def test_exact_words_gain() -> None:
    terms = [term.form for term in query_terms("café", ["simple"])]
    assert terms == [
        Form(("cafe", "~cafe", "café"), ("cafe", "~cafe")),
        Form(("café",), ("café",), 0.5, sought=False),
    ]


def test_a_query_without_words_has_no_terms() -> None:
    assert query_terms(" … -- 🙂 \u200b ' ", ["english"]) == []
    assert query_terms("ink", []) == []


def test_the_whole_of_a_compound_adds_to_its_parts() -> None:
    factors = {term.form.lexemes[0]: term.form.factor for term in query_terms("a-b", ["simple"])}
    assert factors == {"a-b": 0.2, "a": 1, "b": 1}


def test_no_lexeme_is_empty() -> None:
    for text in ("a" + "\u0323\u0301" * 200, "ـ", "\u05d0" + "\u05b0" * 100):
        lexemes = [each for term in query_terms(text, ["simple"]) for each in term.form.lexemes]
        assert lexemes
        assert "" not in lexemes


def test_the_words_of_a_query_are_bounded() -> None:
    (ink,) = query_terms("ink " * QUERY_CHARACTERS, ["simple"])
    assert ink.times == QUERY_CHARACTERS / 4


def test_the_readings_of_a_query_are_bounded() -> None:
    words = [f"w{number:x}" for number in range(600)]
    query = " ".join(["the", *words])
    assert len(query_terms(query, ["english"])) == len(words) + 1
    languages = [*STOP_WORDS, "simple"]
    for most in (2, 8, len(languages)):
        terms = query_terms(query, languages[:most])
        assert len({term.form for term in terms}) <= max(READINGS_MAX // most, WORDS_MIN)
    assert {("w0", "~w0"), ("w1", "~w1")} <= set(sought(query, *languages))
    assert ("the", "~the") not in [term.form.lexemes for term in query_terms(query, languages)]
    pairs = "".join(chr(0x4E00 + number) for number in range(200))
    assert len(query_terms(pairs, languages)) == 199
