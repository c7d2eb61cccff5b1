"""Greetings and the like, which no document answers."""

import re

_GREETINGS = """
hello hi hey hiya yo greetings bye goodbye thanks thank thx cheers ok okay yes no yeah nope sure lol
haha sorry hallo moin servus danke tschüss ja nein bonjour salut bonsoir merci oui non hola gracias
adiós sí ciao buongiorno grazie prego arrivederci olá obrigado
"""
_AROUND = """
there you so very much a lot again please everyone all friend well great nice cool fine good morning
afternoon evening day night for your help the und vielen schön bitte beaucoup muchas
"""
_PHRASES = """
how are you|how are you doing|how are you today|how is it going|how do you do|what's up
who are you|what are you|what is your name|are you a robot|are you human|are you a bot
what can you do|can you help me|help me|tell me a joke|nice to meet you|you are welcome
good morning|good afternoon|good evening|good night|good day|see you|see you later
wer bist du|wie geht es dir|wie geht's|was kannst du|guten morgen|guten tag|guten abend|gute nacht
comment ça va|ça va|qui es-tu|au revoir|cómo estás|quién eres|qué tal|buenos días|buenas tardes
"""
_WORD = re.compile(r"\w+")
_GREETING_WORDS = frozenset(_GREETINGS.split())
_ALLOWED_WORDS = _GREETING_WORDS.union(_AROUND.split())
_NORMAL_PHRASES = {" ".join(_WORD.findall(each)) for each in re.split(r"[|\n]", _PHRASES)} - {""}


def is_small_talk(question: str) -> bool:
    """Return whether a question is only a greeting, thanks, or about the one that answers."""
    words = _WORD.findall(question.lower())
    if " ".join(words) in _NORMAL_PHRASES:
        return True
    return not _GREETING_WORDS.isdisjoint(words) and _ALLOWED_WORDS.issuperset(words)
