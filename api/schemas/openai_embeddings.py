"""Embeddings as OpenAI's API has them."""

import sys
from array import array
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import to_json

from api.schemas.fields import Request
from shared.domain.embedding.vectors import Embeddings, Vector
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.models.text_embedding import TEXTS_MAX, EmbeddingRequest, InputType

MODEL_MAX_CHARACTERS = 255
DIMENSIONS_MAX = 65_536


def _texts(given: object) -> object:
    """Return the input if it is text. pydantic would name an error for every token id."""
    texts = given if isinstance(given, list) else [given]
    if not texts:
        raise _refused("must not be empty")
    if len(texts) > TEXTS_MAX:
        raise _refused(f"has more than {TEXTS_MAX:,} texts; send them in several requests")
    if any(isinstance(text, int | list) for text in texts):
        raise _refused(
            "must be a text or a list of texts. Token ids belong to the vocabulary of another "
            "model; LangChain sends texts with check_embedding_ctx_length=False"
        )
    if not all(isinstance(text, str) for text in texts):
        raise _refused("must be a text or a list of texts")
    return given


def _refused(message: str) -> InvalidInput:
    return InvalidInput(FieldError(("input",), message))


class EmbeddingsBody(Request):
    """Texts to embed, as OpenAI's clients send them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "all-minilm", "input": ["fast drying ink"]}]}
    )

    input: Annotated[
        str | list[str],
        BeforeValidator(_texts),
        Field(description=f"A text, or up to {TEXTS_MAX:,}. Token ids are refused."),
    ]
    model: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MODEL_MAX_CHARACTERS,
            description="An embedding model that a collection has.",
        ),
    ]
    encoding_format: Annotated[
        Literal["float", "base64"],
        Field(description="`base64` is 32-bit floats, little-endian, as OpenAI's clients ask for."),
    ] = "float"
    dimensions: Annotated[
        int | None,
        Field(ge=1, le=DIMENSIONS_MAX, description="What the vectors are cut to, if they can be."),
    ] = None
    input_type: Annotated[
        InputType | None,
        Field(
            strict=False,
            description="Add the prefix that the model expects for a query or a document. This "
            "field is Inkdex's own.",
        ),
    ] = None
    user: Annotated[str | None, Field(description="Ignored.")] = None

    def request(self) -> EmbeddingRequest:
        texts = [self.input] if isinstance(self.input, str) else self.input
        return EmbeddingRequest(self.model, texts, self.dimensions, self.input_type)


class TextEmbeddingOut(BaseModel):
    """The vector of the text with this index."""

    object: Literal["embedding"] = Field(description="What this is.")
    index: int = Field(description="The place of the text in the input, from 0.", examples=[0])
    embedding: list[float] | str = Field(
        description="The vector: numbers, or base64 of 32-bit floats.",
        examples=[[0.012, -0.034, 0.056]],
    )


class EmbeddingTokensOut(BaseModel):
    """The tokens that the model read."""

    prompt_tokens: int = Field(description="The tokens that the model read.", examples=[3])
    total_tokens: int = Field(description="The same.", examples=[3])


class EmbeddingsOut(BaseModel):
    """The vectors of all texts, in order."""

    object: Literal["list"] = Field(description="What this is.")
    data: list[TextEmbeddingOut] = Field(description="A vector for each text, in order.")
    model: str = Field(description="The model that made them.", examples=["all-minilm"])
    usage: EmbeddingTokensOut = Field(description="The tokens that the model read.")


class EmbeddingsJson:
    """The JSON of an EmbeddingsOut, made piece by piece. As a whole it may have many megabytes."""

    def __init__(self, body: EmbeddingsBody) -> None:
        self._model = body.model
        self._encoded = _ENCODINGS[body.encoding_format]
        self._pieces = [b'{"object":"list","data":[']
        self._vectors = 0
        self._tokens = 0

    def add(self, embeddings: Embeddings) -> None:
        """Add the vectors of the next texts."""
        self._pieces.append(b"".join(map(self._item, embeddings.vectors)))
        self._tokens += embeddings.tokens

    def pieces(self) -> Iterator[bytes]:
        usage = {"prompt_tokens": self._tokens, "total_tokens": self._tokens}
        yield from self._pieces
        yield b'],"model":%b,"usage":%b}' % (to_json(self._model), to_json(usage))

    def _item(self, vector: Vector) -> bytes:
        index, self._vectors = self._vectors, self._vectors + 1
        return b'%b{"object":"embedding","index":%d,"embedding":%b}' % (
            b"," if index else b"",
            index,
            self._encoded(vector),
        )


def _base64(vector: Vector) -> bytes:
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return b'"%b"' % b64encode(numbers.tobytes())


_ENCODINGS: Mapping[str, Callable[[Any], bytes]] = {"float": to_json, "base64": _base64}
