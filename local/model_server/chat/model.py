"""One chat model of the server."""

from dataclasses import dataclass

from local.model_server.chat.slot import Slot
from local.model_server.model_card import ModelCard


@dataclass(frozen=True)
class ChatModel:
    """A chat model: its names, its description and its slot. The slot loads it."""

    names: frozenset[str]
    card: ModelCard
    slot: Slot
