"""SmolLM2-135M-Instruct as a model of the server."""

from functools import partial

from local.model_server import names
from local.model_server.chat.model import ChatModel
from local.model_server.chat.slot import Slot
from local.model_server.model_card import ModelCard
from local.model_server.smollm2 import weights

CONTEXT_LENGTH = 8192
DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "134.52M",
    "quantization_level": "Q4_1",
}
MODEL_INFO = {
    "general.architecture": "llama",
    "general.basename": "smollm2",
    "general.file_type": 3,
    "general.finetune": "8k-lc100k-mix1-ep2",
    "general.license": "apache-2.0",
    "general.parameter_count": 134_515_008,
    "general.size_label": "135M",
    "llama.attention.head_count": 9,
    "llama.attention.head_count_kv": 3,
    "llama.block_count": 30,
    "llama.context_length": CONTEXT_LENGTH,
    "llama.embedding_length": 576,
    "llama.feed_forward_length": 1536,
    "llama.vocab_size": 49_152,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
}


def load(threads: int) -> ChatModel:
    """Find the weights. The first request verifies and loads them. Raises StackError."""
    file = weights.path()
    card = ModelCard(
        name="smollm2:135m",
        weights=file,
        digest=weights.SHA256,
        context_length=CONTEXT_LENGTH,
        details=DETAILS,
        model_info=MODEL_INFO,
        capability="completion",
    )
    slot = Slot(partial(weights.verified, file), CONTEXT_LENGTH, threads)
    return ChatModel(names.CHAT_NAMES[names.SMOLLM2], card, slot)
