"""Texts for a prompt, without what a model takes for control tokens or for citations.

It keeps documents from ending their part of the prompt or writing messages of their own. It cannot
keep a model from following what a document says.
"""
# ruff: noqa: RUF001 - characters of templates

import re

from shared.domain.stream_safe import stream_safe

_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_TOKENS = re.compile(
    r"<(?=[|｜/!])|(?<=[|｜])>|<<(?=/?\w)|(?<=\w)>>"
    r"|<(?=/?source\b)|<(?=/?(?:s|[bes]o[sp]|pad|unk|mask|think|system|user|assistant|human|model|ai"
    r"|(?:start|end)_\w+|im_\w+|fim_\w+|tool_\w+|\w+_token|extra_id_\d+|special_\d+|seed:\w+|用户"
    r"|unused\d+|reserved_\w+)\s*>)",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\[(?=\||/?[A-Z_]{3,30}(?:_\d+)?\]|gMASK\])")
_NUMBERED = re.compile(r"[\[【]([^\w\[\]【】]{0,3}\d[\d\s,;–-]{0,20})[\]】]")


def neutral(text: str) -> str:
    """Return the text with a space inside each sequence that a chat template could give a meaning.

    Numbers in square brackets get round ones, because they would look like citations. Takes time
    in proportion to the text.
    """
    plain = _TOKENS.sub(lambda found: _apart(found.group()), _CONTROL.sub(" ", stream_safe(text)))
    plain = _BRACKETED.sub("[ ", plain)
    return _NUMBERED.sub(r"(\1)", plain)


def _apart(token: str) -> str:
    return f" {token}" if token.startswith(">") else f"{token} "
