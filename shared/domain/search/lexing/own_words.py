"""Words that say something in one language although they are stop words of another.

"car" is French for "because", and "die" a German article. A query is read in all languages of the
texts, so one text in another language must not turn such words into stop words.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from shared.domain.search.lexing.stop_words import STOP_WORDS

_OWN_WORDS = {
    "english": """
        want man come care men war car son word sense size met door die plus sit till sub dan kim
        allen hans eli sue ada ella mia sin ton bin dig bare ham bent hay hat dove mod var mint pour
        aura volt ale elk era vain heel""",
    "german": """
        alt ton tot quelle kunde hans kim mai meer hai las los vers volt aura dos sense plus via hol
        sau mine size word""",
    "french": """
        dit mal ville aller mis mot hier ami sein mine seine manche dette dos fins vain onde dort
        peste mai foi ours via""",
    "spanish": "mes mal par siete cine sur dos mina sana van dar seria come",
    "italian": "via sera ama disse detta peste onde care ville bara",
    "portuguese": "dia dar disse sul mal ama fins mina cela vara come",
    "dutch": "man los mis mes wegen las plus vers som dal ton fel alt",
    "swedish": "hat fel del nya hem son ben bana ton plus sur kon ved van",
    "norwegian": "del sau hat kunde lei dans ben plus ton dal sur",
    "danish": "del hat dans ben plus ton dal sur kunde",
    "finnish": "sana tue suo ori aura",
    "catalan": "dia dos mal mot mon cine car",
    "romanian": "dat mod pas plus seria mal bara",
    "hungarian": "hat dal",
    "indonesian": "tes seni mas kadar era",
    "turkish": "son bin alt haber kan dans kamu ada dere dar ton",
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
