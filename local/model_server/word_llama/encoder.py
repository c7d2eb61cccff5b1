"""A text's vector is the normalised mean of the vectors of its tokens."""

import io
from collections.abc import Iterator, Sequence

import numpy as np
from tokenizers import Tokenizer

from local.model_server.encoder import Encoder, Tokens, Vectors
from local.model_server.safetensors import read_header
from local.model_server.word_llama import weights

CONTEXT_LENGTH = (
    4096  # tokens. The model has no limit; Llama 2, whose tokens it uses, has this one.
)
DIMENSIONS = 256
BATCH_TEXTS = 64  # between two checks whether the client is still connected
TOKEN_CHARACTERS = 16  # of the longest token
START = 1  # the token <s> stands for a text without tokens


class WordLlamaEncoder(Encoder):
    dimensions = DIMENSIONS
    context_length = CONTEXT_LENGTH

    def __init__(self) -> None:
        self._rows = _rows(weights.read(weights.SAFETENSORS))
        self._tokenizer = Tokenizer.from_buffer(weights.read(weights.TOKENIZER))

    def tokenize(self, texts: Sequence[str]) -> list[Tokens]:
        return [self._tokens(text) for text in texts]

    def batches(self, tokens: Sequence[Tokens]) -> Iterator[list[int]]:
        for start in range(0, len(tokens), BATCH_TEXTS):
            yield list(range(start, min(start + BATCH_TEXTS, len(tokens))))

    def embed(self, batch: Sequence[Tokens]) -> Vectors:
        return np.stack([self._vector(tokens.ids) for tokens in batch])

    def vocabulary(self) -> list[str]:
        tokens = self._tokenizer.get_vocab()
        return sorted(tokens, key=tokens.__getitem__)

    def _tokens(self, text: str) -> Tokens:
        # No more characters can belong to the first CONTEXT_LENGTH tokens.
        head = text[: TOKEN_CHARACTERS * (CONTEXT_LENGTH + 1)]
        # Unlike encode(), this releases the GIL.
        (encoding,) = self._tokenizer.encode_batch_fast([head], add_special_tokens=False)
        ids = list(encoding.ids) or [START]
        return Tokens(ids[:CONTEXT_LENGTH], truncated=len(ids) > CONTEXT_LENGTH)

    def _vector(self, ids: Sequence[int]) -> Vectors:
        distinct, counts = np.unique(np.asarray(ids), return_counts=True)
        total = counts.astype(np.float32) @ self._rows[distinct].astype(np.float32)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


def _rows(content: bytes) -> np.ndarray[tuple[int, int], np.dtype[np.float16]]:
    """Return the vector of each token."""
    (tensor,) = read_header(io.BytesIO(content)).values()
    values = np.frombuffer(content, "<f2", tensor.length // 2, tensor.offset)
    rows, columns = tensor.shape
    return values.reshape(rows, columns)
