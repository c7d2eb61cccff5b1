"""Which embedding model to use, and which server to ask for it: pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from local.errors import StackError

OLLAMA = "http://127.0.0.1:11434"
PREFERRED = "nomic-embed-text"
BUILT_IN = "all-minilm"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is known before choosing."""

    embedding_model: str | None = None  # the setting
    embedded: str | None = None  # the model of the vectors in the database
    ollama_host: str | None = None  # the setting
    served: frozenset[str] | None = None  # there, or by the usual Ollama; None: no answer


@dataclass(frozen=True)
class Choice:
    """The model, its server (None: the local model server), and what a person must know."""

    model: str
    ollama_host: str | None
    warnings: Sequence[str] = ()


def choose(situation: Situation) -> Choice:
    """Choose a model and its server. A guess never changes the model of embedded data."""
    model = situation.embedded or situation.embedding_model or _guess(situation.served)
    available = situation.served is not None and _has(situation.served, model)
    warnings = _contradiction(situation)
    if situation.ollama_host:
        host = base_url(situation.ollama_host)
        return Choice(model, host, warnings + _shortcoming(host, model, situation.served))
    if available:
        return Choice(model, OLLAMA, warnings)
    if same(model, BUILT_IN):
        return Choice(model, None, warnings)
    return Choice(model, OLLAMA, warnings + _shortcoming(OLLAMA, model, situation.served))


def same(one: str, other: str) -> bool:
    """Tell whether two names are one model: without a tag, Ollama means `latest`."""
    return one.removesuffix(":latest") == other.removesuffix(":latest")


def base_url(ollama_host: str) -> str:
    """Complete what Ollama's own clients take for a host, such as `0.0.0.0` or `box:11434`."""
    text = ollama_host.strip().rstrip("/")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError as error:
        raise StackError(f"OLLAMA_HOST is no address: {text} ({error})") from None
    implied = {"http": 80, "https": 443}.get(parts.scheme) if "://" in text else 11434
    host = parts.hostname or "127.0.0.1"
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - a server's way to say all
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}:{port or implied}{parts.path}"


def _guess(served: frozenset[str] | None) -> str:
    return PREFERRED if served is not None and _has(served, PREFERRED) else BUILT_IN


def _has(served: frozenset[str], model: str) -> bool:
    return any(same(name, model) for name in served)


def _contradiction(situation: Situation) -> list[str]:
    setting, embedded = situation.embedding_model, situation.embedded
    if not setting or not embedded or same(setting, embedded):
        return []
    warning = (
        f"EMBEDDING_MODEL is {setting}, but the documents here are embedded with {embedded}. "
        f"They keep {embedded}, and new documents and searches use it too. "
        f"To use {setting}, start with an empty INKDEX_DATA_DIR or DATABASE_URL."
    )
    return [warning]


def _shortcoming(host: str, model: str, served: frozenset[str] | None) -> list[str]:
    waiting = "Until then documents stay pending and searches go by text alone."
    if served is None:
        cure = f"Start one there that has {model} (ollama pull {model})."
        return [f"No Ollama answers at {host}. {cure} {waiting}"]
    if not _has(served, model):
        return [f"Ollama at {host} doesn't have {model}. Run: ollama pull {model}\n{waiting}"]
    return []
