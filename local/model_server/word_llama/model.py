"""wordllama as a model of the server."""

from local.model_server import names
from local.model_server.model import Model
from local.model_server.model_card import ModelCard
from local.model_server.word_llama import weights
from local.model_server.word_llama.encoder import CONTEXT_LENGTH, DIMENSIONS, WordLlamaEncoder

DETAILS = {
    "parent_model": "",
    "format": "safetensors",
    "family": "wordllama",
    "families": ["wordllama"],
    "parameter_size": "8.2M",
    "quantization_level": "F16",
}
MODEL_INFO = {
    "general.architecture": "wordllama",
    "general.basename": "l2_supercat",
    "general.file_type": 1,
    "general.parameter_count": 8_192_000,
    "wordllama.context_length": CONTEXT_LENGTH,
    "wordllama.embedding_length": DIMENSIONS,
    "wordllama.pooling_type": 1,
    "wordllama.vocab_size": 32_000,
    "tokenizer.ggml.model": "llama",
}


def load() -> Model:
    """Load the model from its wheel. Raises StackError."""
    encoder = WordLlamaEncoder()
    card = ModelCard(
        name="wordllama:latest",
        weights=weights.path(weights.SAFETENSORS),
        digest=weights.SHA256[weights.SAFETENSORS],
        context_length=CONTEXT_LENGTH,
        details=DETAILS,
        model_info=MODEL_INFO,
        vocabulary=encoder.vocabulary,
    )
    return Model(names.NAMES[names.WORDLLAMA], card, encoder)
