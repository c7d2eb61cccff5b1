"""Chooses whether the local model server has the chat model. Pure rules, like `model_choice`."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.model_server import names
from shared.config import settings

MODEL = "smollm2:135m"
NONE = "none, so answers are quotations from the documents. CHAT=1 adds a small one"
NO_MODEL = "The local stack has no chat model, so answers are quotations from the documents."


@dataclass(frozen=True, kw_only=True)
class ChatFacts:
    """The facts that the choice depends on."""

    asked: bool = False
    """Whether the command has CHAT=1."""
    chat_model: str | None = None
    """The setting CHAT_MODEL."""
    chat_host: str | None = None
    """The setting OLLAMA_CHAT_HOST."""
    missing: str | None = None
    """Why the packages of the chat model are missing. None if they are installed."""


@dataclass(frozen=True)
class ChatChoice:
    """The chat model of the local model server, or none, and the warning to print."""

    model: str | None = None
    warning: str | None = None
    is_set: bool = False
    """Whether settings name another one."""

    def description(self, *, local: bool) -> str | None:
        """Return what the stack says of its chat model. It is `local` without a real Ollama."""
        if self.model:
            return f"{self.model}, by the local server: small, and often wrong"
        return NONE if local and not self.is_set else None

    def environment(self, model_server: str) -> Mapping[str, str]:
        """Return the settings of chat with the local model server."""
        if self.model:
            return {"CHAT_MODEL": self.model, "OLLAMA_CHAT_HOST": model_server}
        # The default model is not missed where there can be none.
        return {} if self.is_set else {"CHAT_MODEL": settings.NO_MODEL}


def choose(facts: ChatFacts) -> ChatChoice:
    """Choose the local chat model if CHAT=1 asks for it and no setting names another."""
    if not facts.asked:
        return ChatChoice(is_set=bool(facts.chat_model or facts.chat_host))
    if facts.chat_host:
        return ChatChoice(is_set=True, warning=_unused(f"OLLAMA_CHAT_HOST is {facts.chat_host}"))
    if facts.chat_model and not names.offered_chat(facts.chat_model):
        return ChatChoice(is_set=True, warning=_unused(f"CHAT_MODEL is {facts.chat_model}"))
    if facts.missing:
        return ChatChoice(warning=f"{NO_MODEL} {facts.missing}")
    return ChatChoice(facts.chat_model or MODEL)


def _unused(reason: str) -> str:
    return f"CHAT=1 has no effect: {reason}."
