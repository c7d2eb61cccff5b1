"""The models that the server offers on this machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from local.errors import StackError
from local.model_server import names
from local.model_server.all_minilm.model import load as load_all_minilm
from local.model_server.model import Model
from local.model_server.word_llama.model import load as load_wordllama


@dataclass(frozen=True)
class Models:
    """The loaded models, and why others are missing."""

    loaded: Sequence[Model]
    missing: Mapping[str, str] = field(default_factory=dict)

    def find(self, name: str) -> Model | None:
        asked = name.strip().lower()
        return next((model for model in self.loaded if asked in model.names), None)

    def why_missing(self, name: str) -> str | None:
        """Return why a model that this server usually offers is missing."""
        return self.missing.get(names.offered(name) or "")


def load_models(threads: int) -> Models:
    """Load all-minilm, and wordllama if its wheel is installed. Raises StackError."""
    required = load_all_minilm(threads)
    try:
        return Models([required, load_wordllama()])
    except StackError as error:
        return Models([required], {names.WORDLLAMA: str(error)})
