"""all-minilm as a model of the server."""

from local.model_server import names
from local.model_server.all_minilm import setup, weights
from local.model_server.all_minilm.encoder import CONTEXT_LENGTH, DIMENSIONS, MiniLmEncoder
from local.model_server.model import Model
from local.model_server.model_card import ModelCard

DETAILS = {
    "parent_model": "",
    "format": "safetensors",
    "family": "bert",
    "families": ["bert"],
    "parameter_size": "23M",
    "quantization_level": "F32",
}
MODEL_INFO = {
    "general.architecture": "bert",
    "general.basename": "all-MiniLM-L6-v2",
    "general.file_type": 0,
    "general.parameter_count": 22_565_376,
    "bert.attention.causal": False,
    "bert.attention.head_count": 12,
    "bert.attention.layer_norm_epsilon": 1e-12,
    "bert.block_count": 6,
    "bert.context_length": 512,
    "bert.embedding_length": DIMENSIONS,
    "bert.feed_forward_length": 1536,
    "bert.pooling_type": 1,
    "tokenizer.ggml.model": "bert",
}


def load(threads: int) -> Model:
    """Load the model, and set it up first if it is not. Raises StackError."""
    directory = setup.default_directory()
    encoder = MiniLmEncoder(directory, threads)
    card = ModelCard(
        name="all-minilm:latest",
        weights=directory / weights.SAFETENSORS,
        digest=weights.SHA256[weights.SAFETENSORS],
        context_length=CONTEXT_LENGTH,
        details=DETAILS,
        model_info=MODEL_INFO,
        vocabulary=encoder.vocabulary,
    )
    return Model(names.NAMES[names.ALL_MINILM], card, encoder)
