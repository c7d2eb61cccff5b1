"""The language of a document's text, by the name of its stemmer."""

from collections.abc import Mapping
from typing import Any

FIELDS = ("lang", "language")
ENGLISH = "english"
UNSTEMMED = "simple"
"""The name for known languages whose words match only as they are written."""

# Each stemmed language with the codes of its language in ISO 639-1, 639-2 and 639-3.
_CODES = {
    "arabic": "ar ara",
    "armenian": "hy hye arm",
    "basque": "eu eus baq",
    "catalan": "ca cat",
    "danish": "da dan",
    "dutch": "nl nld dut",
    "english": "en eng",
    "estonian": "et est",
    "finnish": "fi fin",
    "french": "fr fra fre",
    "german": "de deu ger",
    "greek": "el ell gre",
    "hindi": "hi hin",
    "hungarian": "hu hun",
    "indonesian": "id ind",
    "irish": "ga gle",
    "italian": "it ita",
    "lithuanian": "lt lit",
    "nepali": "ne nep",
    "norwegian": "no nb nn nor nob nno",
    "portuguese": "pt por",
    "romanian": "ro ron rum",
    "russian": "ru rus",
    "serbian": "sr srp",
    "spanish": "es spa",
    "swedish": "sv swe",
    "tamil": "ta tam",
    "turkish": "tr tur",
    "yiddish": "yi yid",
}
_UNSTEMMED_CODES = (
    "zh zho chi cmn yue chinese ja jpn japanese ko kor korean th tha thai lo lao km khm khmer "
    "my mya burmese pl pol polish cs ces cze czech sk slk slovak sl slv slovenian hr hrv croatian "
    "bg bul bulgarian uk ukr ukrainian he heb hebrew fa fas persian ur urd urdu vi vie vietnamese "
    "lv lav latvian is isl icelandic mk mkd macedonian sq sqi albanian ka kat georgian bn ben "
    "bengali la lat latin simple und mul"
)
_NAMES = (
    dict.fromkeys(_UNSTEMMED_CODES.split(), UNSTEMMED)
    | {code: name for name, codes in _CODES.items() for code in codes.split()}
    | {name: name for name in _CODES}
)

ACCEPTED = "`de`, `de-AT`, `deu`, `German` or `simple`"
"""Examples of what is understood."""


def language_named(text: str) -> str | None:
    """Return the language that a code or an English name names, None if it is not known.

    `en`, `en-GB`, `en_US`, `eng` and `English` all name English.
    """
    return _NAMES.get(text.strip().lower().replace("_", "-").partition("-")[0])


def text_language(metadata: Mapping[str, Any]) -> str | None:
    """Return the language that a document's metadata names, None if it names no known one."""
    named = (metadata[field] for field in FIELDS if isinstance(metadata.get(field), str))
    return next(filter(None, map(language_named, named)), None)


def language_of(metadata: Mapping[str, Any], of_collection: str | None, default: str) -> str:
    """Return the language in which a document is lexed.

    It is the one that its metadata names, else its collection's, else the database's default.
    """
    return text_language(metadata) or of_collection or default
