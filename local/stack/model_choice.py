"""Chooses the embedding model and its server. Pure rules, without input or output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from local.errors import StackError
from local.model_server import names

OLLAMA = "http://127.0.0.1:11434"
PREFERRED = "nomic-embed-text"
BUILT_IN = names.ALL_MINILM

_EFFECT = "Until then documents stay pending, and searches match words only."


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts that the choice depends on."""

    embedding_model: str | None = None
    """The setting EMBEDDING_MODEL."""
    embedded: str | None = None
    """The model of the vectors in the database."""
    ollama_host: str | None = None
    """The setting OLLAMA_HOST."""
    served: frozenset[str] | None = None
    """The models of that Ollama, or of the default one. None if it does not answer."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """The models that the local model server lacks on this machine, and why."""


@dataclass(frozen=True)
class Choice:
    """The model, its server and the warnings to print."""

    model: str
    ollama_host: str | None
    """None stands for the local model server."""
    warnings: Sequence[str] = ()


def choose(facts: Facts) -> Choice:
    """Choose a model and its server. A default never changes the model of embedded documents."""
    model = facts.embedded or facts.embedding_model or _default_model(facts.served)
    available = facts.served is not None and _has(facts.served, model)
    warnings = _conflict_warnings(facts)
    if facts.ollama_host:
        host = base_url(facts.ollama_host)
        return Choice(model, host, warnings + _missing_model_warnings(host, model, facts.served))
    if available:
        return Choice(model, OLLAMA, warnings)
    if built_in := names.offered(model):
        return Choice(model, None, warnings + _missing_wheel_warnings(built_in, facts.missing))
    return Choice(model, OLLAMA, warnings + _missing_model_warnings(OLLAMA, model, facts.served))


def is_same_model(one: str, other: str) -> bool:
    """Return whether two names mean the same model. The tag `latest` may be omitted."""
    return one.removesuffix(":latest") == other.removesuffix(":latest")


def base_url(ollama_host: str) -> str:
    """Return the URL of a host as Ollama accepts it, such as `0.0.0.0` or `box:11434`."""
    text = ollama_host.strip().rstrip("/")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError as error:
        raise StackError(f"OLLAMA_HOST is not an address: {text} ({error})") from None
    implied = {"http": 80, "https": 443}.get(parts.scheme) if "://" in text else 11434
    host = parts.hostname or "127.0.0.1"
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - a listening address, not one to connect to
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}:{port or implied}{parts.path}"


def _default_model(served: frozenset[str] | None) -> str:
    return PREFERRED if served is not None and _has(served, PREFERRED) else BUILT_IN


def _has(served: frozenset[str], model: str) -> bool:
    return any(is_same_model(name, model) for name in served)


def _conflict_warnings(facts: Facts) -> list[str]:
    setting, embedded = facts.embedding_model, facts.embedded
    if not setting or not embedded or is_same_model(setting, embedded):
        return []
    warning = (
        f"EMBEDDING_MODEL is {setting}, but the documents here are embedded with {embedded}. "
        f"They keep {embedded}, and new documents and searches use it too. "
        f"To use {setting}, start with an empty INKDEX_DATA_DIR or DATABASE_URL."
    )
    return [warning]


def _missing_wheel_warnings(model: str, missing: Mapping[str, str]) -> list[str]:
    if model not in missing:
        return []
    return [f"The local model server doesn't have {model}. {missing[model]}\n{_EFFECT}"]


def _missing_model_warnings(host: str, model: str, served: frozenset[str] | None) -> list[str]:
    if served is None:
        remedy = f"Start it and run: ollama pull {model}"
        return [f"No Ollama answers at {host}. {remedy}\n{_EFFECT}"]
    if not _has(served, model):
        return [f"Ollama at {host} doesn't have {model}. Run: ollama pull {model}\n{_EFFECT}"]
    return []
