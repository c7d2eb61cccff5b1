"""What the cards of embedding models say and no server reports: prefixes, and dimensions to cut to.

Names and tags are those of Ollama's library.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.errors import FieldError, InvalidInput


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model with the tokens that it reads of a text. The server may be set to read fewer."""

    dimensions: int
    context_tokens: int
    document_prefix: str = ""
    query_prefix: str = ""
    cuts: Sequence[int] = ()
    """The smaller dimensions for which the model was trained. Other cuts find much less."""


def known_model(name: str) -> KnownModel | None:
    """Return what is known of a model. A tag that names no other size means the usual one."""
    family, _, tag = name.rsplit("/", 1)[-1].partition(":")
    size = tag.split("-", 1)[0]
    return KNOWN_MODELS.get(f"{family}:{size}") or KNOWN_MODELS.get(family)


def assumption(name: str) -> str | None:
    """Return a sentence on what Inkdex assumes of a model that it does not know, else None."""
    if known_model(name):
        return None
    return (
        f"Inkdex does not know the model {name!r}. It takes dimensions and context from the model "
        "server, and assumes that the model needs no prefixes and can be cut to any dimensions. If "
        "the model's card asks for prefixes, set INKDEX_DOCUMENT_PREFIX and INKDEX_QUERY_PREFIX."
    )


def check_cut(name: str, dimensions: int) -> None:
    """Raise InvalidInput if a model cannot be cut to so many dimensions."""
    model = known_model(name)
    if dimensions < 1:
        raise _refused("must be at least 1.")
    if model and dimensions != model.dimensions and dimensions not in model.cuts:
        raise _refused(f"{name} can't have {dimensions:,} dimensions. {_possible(model)}")


def _possible(model: KnownModel) -> str:
    full = f"{model.dimensions:,}"
    if not model.cuts:
        return f"It has {full} and can't be cut. Leave out 'dimensions'."
    if isinstance(model.cuts, range):
        return f"It has {full} and can be cut to any number from {model.cuts[0]:,}."
    cuts = [f"{cut:,}" for cut in model.cuts]
    listed = " or ".join(filter(None, [", ".join(cuts[:-1]), cuts[-1]]))
    return f"It has {full} and can be cut to {listed}."


def _refused(reason: str) -> InvalidInput:
    return InvalidInput(FieldError(("dimensions",), reason))


_SEARCH_SENTENCE = "Represent this sentence for searching relevant passages: "
_QWEN_QUERY = "Instruct: Given a web search query, retrieve passages that answer the query\nQuery:"


def _arctic(dimensions: int, context_tokens: int = 512) -> KnownModel:
    return KnownModel(dimensions, context_tokens, query_prefix=_SEARCH_SENTENCE)


def _qwen(dimensions: int) -> KnownModel:
    return KnownModel(dimensions, 32_768, query_prefix=_QWEN_QUERY, cuts=range(32, dimensions))


KNOWN_MODELS = {
    "all-minilm": KnownModel(384, 256),
    "bge-large": KnownModel(1024, 512, query_prefix=_SEARCH_SENTENCE),
    "bge-m3": KnownModel(1024, 8192),
    "embeddinggemma": KnownModel(
        768,
        2048,
        document_prefix="title: none | text: ",
        query_prefix="task: search result | query: ",
        cuts=(512, 256, 128),
    ),
    "mxbai-embed-large": KnownModel(
        1024, 512, query_prefix=_SEARCH_SENTENCE, cuts=(768, 512, 256, 128)
    ),
    "nomic-embed-text": KnownModel(
        768, 8192, "search_document: ", "search_query: ", cuts=(512, 256, 128, 64)
    ),
    "nomic-embed-text-v2-moe": KnownModel(
        768, 512, "search_document: ", "search_query: ", cuts=(256,)
    ),
    "qwen3-embedding": _qwen(4096),
    "qwen3-embedding:0.6b": _qwen(1024),
    "qwen3-embedding:4b": _qwen(2560),
    "snowflake-arctic-embed": _arctic(1024),
    "snowflake-arctic-embed:22m": _arctic(384),
    "snowflake-arctic-embed:33m": _arctic(384),
    "snowflake-arctic-embed:110m": _arctic(768),
    "snowflake-arctic-embed:137m": _arctic(768, context_tokens=2048),
    "snowflake-arctic-embed2": KnownModel(1024, 8192, query_prefix="query: ", cuts=(256,)),
    "wordllama": KnownModel(256, 4096, cuts=(128, 64)),
}
"""By family, and by family and size if sizes differ. The family alone is the tag `latest`."""
