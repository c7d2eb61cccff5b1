"""Embeds texts with onnxruntime, in this process."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from local.model_server.all_minilm import setup, weights
from local.model_server.encoder import Encoder, Tokens, Vectors

CONTEXT_LENGTH = 256  # tokens, [CLS] and [SEP] included
DIMENSIONS = 384
BATCH_TEXTS = 8  # larger batches are slower on a CPU and take more memory
MAX_PADDING = 1.25  # above this ratio, another batch costs less than the padding


class MiniLmEncoder(Encoder):
    dimensions = DIMENSIONS
    context_length = CONTEXT_LENGTH

    def __init__(self, directory: Path | None = None, threads: int = 2) -> None:
        self.directory = directory or setup.default_directory()
        setup.ensure(self.directory)
        self._tokenizer = Tokenizer.from_file(str(self.directory / weights.TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._session = _session(self.directory / setup.GRAPH, threads)

    def tokenize(self, texts: Sequence[str]) -> list[Tokens]:
        return [_truncated(self._leading_ids(text)) for text in texts]

    def batches(self, tokens: Sequence[Tokens]) -> Iterator[list[int]]:
        """Group texts of similar length, to limit padding."""
        batch: list[int] = []
        for index in sorted(range(len(tokens)), key=lambda index: len(tokens[index].ids)):
            longest = len(tokens[index].ids)
            too_long = batch and longest > MAX_PADDING * len(tokens[batch[0]].ids)
            if too_long or len(batch) == BATCH_TEXTS:
                yield batch
                batch = []
            batch.append(index)
        if batch:
            yield batch

    def embed(self, batch: Sequence[Tokens]) -> Vectors:
        longest = max(len(tokens.ids) for tokens in batch)
        ids = np.zeros((len(batch), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens.ids)] = tokens.ids
            mask[row, : len(tokens.ids)] = 1
        (vectors,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors, dtype=np.float32)

    def vocabulary(self) -> list[str]:
        pieces = json.loads((self.directory / weights.TOKENIZER).read_text("utf-8"))
        ordered = sorted(pieces["model"]["vocab"].items(), key=lambda piece: int(piece[1]))
        return [_gguf_token(token) for token, _ in ordered]

    def _leading_ids(self, text: str) -> list[int]:
        """Return all ids of a text, or more ids than the context length if the text is longer."""
        size = 16 * CONTEXT_LENGTH
        while size < len(text):
            (head,) = self._tokenizer.encode_batch([text[:size]])
            # The cut may split the last word, and a part of a word has other tokens.
            last = next((word for word in reversed(head.word_ids) if word is not None), None)
            if last is not None and head.word_ids.index(last) > CONTEXT_LENGTH:
                return list(head.ids)
            size *= 2
        # Unlike encode(), this releases the GIL. "fast" skips the word ids.
        (whole,) = self._tokenizer.encode_batch_fast([text])
        return list(whole.ids)


def _truncated(ids: list[int]) -> Tokens:
    if len(ids) <= CONTEXT_LENGTH:
        return Tokens(ids, truncated=False)
    *_, separator = ids
    return Tokens([*ids[: CONTEXT_LENGTH - 1], separator], truncated=True)


def _gguf_token(token: str) -> str:
    if token.startswith("##"):
        return token[2:]
    return token if token.startswith("[") and token.endswith("]") else f"\u2581{token}"


def _session(graph: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads would take cores from PostgreSQL and the workers.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
