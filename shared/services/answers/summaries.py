"""Summaries of the older turns of conversations. Each is made once, and kept."""

from collections.abc import Sequence
from contextlib import aclosing
from hashlib import sha256

from shared.domain.answers.chat import ChatCard, ChatRequest
from shared.domain.answers.composition import SUMMARY_TOKENS, Prompt
from shared.domain.answers.prompt import VERSION, summary_prompt
from shared.domain.answers.question import Message
from shared.domain.model_errors import PromptTooLong
from shared.domain.refs import Tenant
from shared.ports.chat import AnswerCache, ChatModel

TURN_CHARACTERS = 2000
CHARACTERS = 8000
"""A summary is made of the last turns that fit."""


class Summaries:
    """Asks the chat model for summaries. The caller holds a slot."""

    def __init__(self, chat: ChatModel, cache: AnswerCache) -> None:
        self._chat = chat
        self._cache = cache

    async def of(self, card: ChatCard, prompt: Prompt) -> str:
        """Return the summary of a prompt's older turns; raises ChatUnavailable.

        It is empty if the model's context is too small for them.
        """
        if not prompt.older:
            return ""
        turns = _fitting(prompt.older)
        key = _key(prompt.question.scope.tenant, card, turns)
        if kept := await self._cache.get_texts(key):
            return kept[0]
        try:
            summary = await self._write(card, prompt, turns)
        except PromptTooLong:
            return ""
        await self._cache.put_texts(key, [summary])
        return summary

    async def _write(self, card: ChatCard, prompt: Prompt, turns: Sequence[Message]) -> str:
        request = ChatRequest(
            card.name, summary_prompt(turns), prompt.context_tokens, SUMMARY_TOKENS
        )
        async with aclosing(self._chat.chat(request)) as pieces:
            written = [piece async for piece in pieces if isinstance(piece, str)]
        return "".join(written).strip()


def _fitting(turns: Sequence[Message]) -> list[Message]:
    """Return the last turns, with the ends of long ones cut off."""
    room, chosen = CHARACTERS, []
    for turn in reversed(turns):
        text = turn.content[:TURN_CHARACTERS]
        room -= len(text)
        if room < 0:
            break
        chosen.append(Message(turn.role, text))
    return chosen[::-1]


def _key(tenant: Tenant, card: ChatCard, turns: Sequence[Message]) -> bytes:
    said = [(each.role, each.content) for each in turns]
    named = repr((VERSION, tenant.name, card.name, card.digest, said))
    return sha256(b"summary" + named.encode(errors="surrogatepass")).digest()
