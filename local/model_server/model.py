"""One model of the server."""

from dataclasses import dataclass

from local.model_server.encoder import Encoder
from local.model_server.model_card import ModelCard


@dataclass(frozen=True)
class Model:
    """A loaded model: its names, its description and its encoder."""

    names: frozenset[str]
    card: ModelCard
    encoder: Encoder
