"""Random texts that repeat short patterns, because these take a parser the longest."""

import random
import string
from itertools import cycle, islice

_CHARACTERS = (
    *string.ascii_lowercase[:6],
    *string.digits,
    *string.punctuation,
    *" \t\n\u00a0\u200b\u200d\u00ad\u2028",
    *"éßøñİıǅ",
    *"漢字かナ한글กำ",
    *"ابجשלוםקदि",
    *"😀🏽🇩❤️",
    *"\uff21\uff22\uff1c\uff3f\ufb01\u2460\ufdfa",
    *"\u0300\u0301\u0323\u0344\u05b0\u064b\u0e38\u302e\uff9e\U0001d165\U0001d16d",
    *"“”«»—•…、。؟",
)
_PIECES = (
    *("<!--", "-->", "<a href=", "</", "&amp;", "&#1", "~/", "./", "../", "a_", "1_", "a-a_"),
    *("1e", "1e-", "-1.", "a.b", "@a.b", "http://a/", "https://", "www.a.com/", "?a=b&", "C:\\"),
    *(
        "v1.2.3",
        "'s",
        "e\u0323\u0301",
        "word ",
        "ink ",
        "0f3a9c7e1b2d4f60",
        "3d2f1a7e-4b5c",
        "[](",
        "**",
    ),
)
PATTERN_UNITS_MAX = 6


KNOWN = (
    *("a_", "1_", "~/", "./", "a-a_", "<!--", "a\u0323\u0301", "\u0323\u0301", "\u0344", "\uff9e"),
    *(
        "0f3a9c7e1b2d4f60_",
        "\ufdfa",
        "https://a.com/b_c?",
        "a@b.",
        "墨",
        "ก",
        "\n ",
        "a" * 64 + " ",
        "a" + "\u0323\u0301" * 100,
    ),
)
"""Patterns that took quadratic time, or the most of all."""


def pattern(chance: random.Random) -> str:
    """Return the string that a text repeats."""
    units = chance.choices(_PIECES if chance.random() < 0.3 else _CHARACTERS, k=1)
    while len(units) < PATTERN_UNITS_MAX and chance.random() < 0.7:
        units.append(chance.choice(_PIECES if chance.random() < 0.3 else _CHARACTERS))
    return "".join(units)


def repeated(unit: str, characters: int) -> str:
    found = "".join(islice(cycle(unit), characters))
    return found if found.strip() else f"{found}."


def unit(seed: int) -> str:
    """Return what a text repeats: one pattern, or several in turn."""
    chance = random.Random(seed)
    patterns = [pattern(chance) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    return "".join(each * chance.choice((1, 10, 100)) for each in patterns)
