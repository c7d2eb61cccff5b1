"""One chat model of the server."""

from dataclasses import dataclass, replace

from local.model_server.chat.slot import Slot
from local.model_server.model_card import ModelCard


@dataclass(frozen=True)
class ChatModel:
    """A chat model: its names, its description and its slot. The slot loads it."""

    names: frozenset[str]
    card: ModelCard
    slot: Slot

    def cards(self) -> list[ModelCard]:
        """Return the description under each name with a tag, as Ollama lists them."""
        tagged = sorted(name for name in self.names if ":" in name)
        return [replace(self.card, name=name) for name in tagged]
