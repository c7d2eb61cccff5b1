"""The models that the server offers on this machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from local.errors import StackError
from local.model_server import names
from local.model_server.all_minilm.model import load as load_all_minilm
from local.model_server.chat.model import ChatModel
from local.model_server.model import Model
from local.model_server.model_card import ModelCard
from local.model_server.smollm2.model import load as load_smollm2
from local.model_server.word_llama.model import load as load_wordllama


@dataclass(frozen=True)
class Models:
    """The loaded models, and why others are missing."""

    loaded: Sequence[Model]
    missing: Mapping[str, str] = field(default_factory=dict)
    chat: ChatModel | None = None

    def find(self, name: str) -> Model | None:
        asked = name.strip().lower()
        return next((model for model in self.loaded if asked in model.names), None)

    def find_chat(self, name: str) -> ChatModel | None:
        return self.chat if self.chat and name.strip().lower() in self.chat.names else None

    def card(self, name: str) -> ModelCard | None:
        """Return the description of a model of any kind."""
        found = self.find(name) or self.find_chat(name)
        return found.card if found else None

    def cards(self) -> list[ModelCard]:
        """Return the descriptions under all names that Ollama would list."""
        cards = [model.card for model in self.loaded]
        return cards + (self.chat.cards() if self.chat else [])

    def why_missing(self, name: str) -> str | None:
        """Return why a model that this server usually offers is missing."""
        return self.missing.get(names.offered(name) or names.offered_chat(name) or "")


def load_models(threads: int) -> Models:
    """Load all-minilm, and the others if their wheels are installed. Raises StackError."""
    loaded = [load_all_minilm(threads)]
    missing: dict[str, str] = {}
    chat = None
    try:
        loaded.append(load_wordllama())
    except StackError as error:
        missing[names.WORDLLAMA] = str(error)
    try:
        chat = load_smollm2(threads)
    except StackError as error:
        missing[names.SMOLLM2] = str(error)
    return Models(loaded, missing, chat)
