"""Chooses whether the local model server has the chat model. Pure rules, like `model_choice`."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.model_server import names

MODEL = "smollm2:135m"
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

    def environment(self, model_server: str) -> Mapping[str, str]:
        """Return the settings of a model server that has the model."""
        return {"CHAT_MODEL": self.model, "OLLAMA_CHAT_HOST": model_server} if self.model else {}


def choose(facts: ChatFacts) -> ChatChoice:
    """Choose the local chat model if CHAT=1 asks for it and no setting names another."""
    if not facts.asked:
        return ChatChoice()
    if facts.chat_host:
        return ChatChoice(warning=_unused(f"OLLAMA_CHAT_HOST is {facts.chat_host}"))
    if facts.chat_model and not names.offered_chat(facts.chat_model):
        return ChatChoice(warning=_unused(f"CHAT_MODEL is {facts.chat_model}"))
    if facts.missing:
        return ChatChoice(warning=f"{NO_MODEL} {facts.missing}")
    return ChatChoice(facts.chat_model or MODEL)


def _unused(reason: str) -> str:
    return f"CHAT=1 has no effect: {reason}."
