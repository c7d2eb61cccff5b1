"""Questions about everything, to measure how similar a question is to texts about other subjects.

Few collections have answers to more than some of them.
"""

import re
from collections.abc import Mapping, Sequence

from shared.domain.search.lexing.stop_words import STOP_WORDS

REFERENCE = "english"
"""The language that every embedding model knows best."""

_ENGLISH = """\
How do I repair a flat bicycle tyre?
What is the capital of Australia?
Which spices go into a curry?
Who discovered penicillin?
How long does a broken arm take to heal?
When do swallows fly south?
What is the offside rule in football?
How many strings does a violin have?
Why is the sky blue?
Where was the emperor Augustus born?
How do I apply for a visa?
Which trees lose their leaves in winter?
What does a lawyer cost?
How do I teach a child to swim?
What is the tallest mountain in Africa?
How is cheese made?
Which actor played James Bond first?
How do volcanoes form?
What should I feed a rabbit?
How do I get a loan for a house?
What does the word irony mean?
When is the best time to plant tulips?
How do I iron a shirt?
Which museum in Paris is the largest?"""
_GERMAN = """\
Wie repariere ich einen platten Fahrradreifen?
Was ist die Hauptstadt von Australien?
Welche Gewürze gehören in ein Curry?
Wer hat das Penicillin entdeckt?
Wie lange dauert es, bis ein gebrochener Arm heilt?
Wann fliegen die Schwalben nach Süden?
Wie viele Saiten hat eine Geige?
Warum ist der Himmel blau?
Wie beantrage ich ein Visum?
Welcher Berg in Afrika ist der höchste?
Wie bringe ich einem Kind das Schwimmen bei?
Was bedeutet das Wort Ironie?"""
_FRENCH = """\
Comment réparer un pneu de vélo crevé ?
Quelle est la capitale de l'Australie ?
Quelles épices met-on dans un curry ?
Qui a découvert la pénicilline ?
Combien de temps met un bras cassé à guérir ?
Quand les hirondelles partent-elles vers le sud ?
Combien de cordes a un violon ?
Pourquoi le ciel est-il bleu ?
Comment demander un visa ?
Quelle est la plus haute montagne d'Afrique ?
Comment apprendre à nager à un enfant ?
Que signifie le mot ironie ?"""
_SPANISH = """\
¿Cómo reparo una rueda de bicicleta pinchada?
¿Cuál es la capital de Australia?
¿Qué especias lleva un curry?
¿Quién descubrió la penicilina?
¿Cuánto tarda en curarse el brazo que está roto?
¿Cuándo vuelan las golondrinas hacia el sur?
¿Cuántas cuerdas tienen los violines?
¿Por qué el cielo es azul?
¿Cómo solicito un visado?
¿Cuál es la montaña más alta de África?
¿Cómo enseño a nadar a un niño?
¿Qué significa la palabra ironía?"""

QUESTIONS: Mapping[str, Sequence[str]] = {
    REFERENCE: _ENGLISH.splitlines(),
    "german": _GERMAN.splitlines(),
    "french": _FRENCH.splitlines(),
    "spanish": _SPANISH.splitlines(),
}
"""By the names of languages that stop words have."""
_WORD = re.compile(r"\w+")


def language_of_question(question: str) -> str:
    """Return the one of these languages from which a question has most stop words."""
    words = _WORD.findall(question.casefold())
    return max(QUESTIONS, key=lambda language: sum(word in STOP_WORDS[language] for word in words))
