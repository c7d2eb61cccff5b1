"""Words that say something in one language although they are stop words of another.

"car" is French for "because", and "door" Dutch for "by". A query is read in all languages of the
texts, so one text in another language must not turn such words into stop words. Articles,
possessives and contracted prepositions are not among them: in "die Zauberflöte", nothing else says
in which language the query is.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from shared.domain.search.lexing.stop_words import STOP_WORDS

_OWN_WORDS = {
    "english": """
        want man come care men war car word sense size met door plus sit till sub dan kim allen
        eli ada ella bin dig bare ham bent hay hat dove mod var mint pour aura volt ale elk
        era vain heel""",
    "german": """
        alt tot quelle kunde kim mai meer hai vers volt aura sense plus via hol sau size word""",
    "french": """
        dit mal ville aller mot hier ami manche dette fins vain onde dort peste mai foi via""",
    "spanish": "mal par siete cine sur sana van dar seria come",
    "italian": "via sera ama disse detta peste onde care ville bara",
    "portuguese": "dia dar disse mal ama fins cela vara come",
    "dutch": "man wegen plus vers som fel alt",
    "swedish": "hat fel nya hem ben bana plus sur kon ved van",
    "norwegian": "sau hat kunde lei dans ben plus sur",
    "danish": "hat dans ben plus sur kunde",
    "finnish": "sana ori aura",
    "catalan": "dia mal mot cine car",
    "romanian": "dat mod pas plus seria mal bara",
    "hungarian": "hat",
    "indonesian": "seni mas kadar era",
    "turkish": "bin alt haber kan dans kamu ada dere dar",
}
_NONE = frozenset[str]()
OWN_WORDS = {language: frozenset(words.split()) for language, words in _OWN_WORDS.items()}


def stop_words_of(said: AbstractSet[str], languages: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return which words of a query say nothing in texts of each language.

    They are the stop words of all these languages but the language's own words.
    """
    of_each = {each: STOP_WORDS.get(each, _NONE).intersection(said) for each in languages}
    foreign = frozenset(of_each.values())
    return {
        language: stops.union(*(_without_own(words, language) for words in foreign))
        for language, stops in of_each.items()
    }


def _without_own(words: frozenset[str], language: str) -> frozenset[str]:
    """Leave out a language's own words from the stop words of another one.

    If the query has other words of that one, it is in that language.
    """
    others = words - OWN_WORDS.get(language, _NONE)
    return words if others - STOP_WORDS.get(language, _NONE) else others
