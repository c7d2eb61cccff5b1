"""Chooses the embedding model and its server. Pure rules, without input or output."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from local.errors import StackError
from local.installation import migration_command
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
    """The model of new collections in the database, if it has embedded a document."""
    in_use: frozenset[str] = frozenset()
    """All models that collections in the database have."""
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
    """Choose the model of new collections, and a server that has the models of all collections."""
    in_use = facts.in_use | ({facts.embedded} if facts.embedded else frozenset())
    setting = facts.embedding_model and _as_stored(facts.embedding_model, in_use)
    model = setting or facts.embedded or _default_model(facts.served, in_use)
    warnings = _kept_warnings(setting, in_use)
    needed = in_use | {model}
    if facts.ollama_host:
        host = base_url(facts.ollama_host)
        return Choice(model, host, warnings + _missing_model_warnings(host, needed, facts.served))
    if facts.served is not None and _has_all(facts.served, needed):
        return Choice(model, OLLAMA, warnings)
    if all(map(names.offered, needed)):
        return Choice(model, None, warnings + _missing_wheel_warnings(needed, facts.missing))
    if in_use and all(map(names.offered, in_use)) and not _has_all(facts.served or (), in_use):
        kept = facts.embedded or BUILT_IN
        return Choice(kept, None, _refused_warnings(model, in_use))
    return Choice(model, OLLAMA, warnings + _missing_model_warnings(OLLAMA, needed, facts.served))


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


def _default_model(served: frozenset[str] | None, in_use: frozenset[str]) -> str:
    """Return the preferred model if Ollama has it and all models in use."""
    return PREFERRED if served is not None and _has_all(served, in_use | {PREFERRED}) else BUILT_IN


def _as_stored(setting: str, in_use: frozenset[str]) -> str:
    """Return the name that the database has for a model, since another name is another model."""
    return next((name for name in in_use if is_same_model(name, setting)), setting)


def _has_all(served: Collection[str], models: Collection[str]) -> bool:
    return all(_has(served, model) for model in models)


def _has(served: Collection[str], model: str) -> bool:
    return any(is_same_model(name, model) for name in served)


def _kept_warnings(setting: str | None, in_use: frozenset[str]) -> list[str]:
    if not setting or not in_use or setting in in_use:
        return []
    kept = _listed(in_use)
    warning = (
        f"EMBEDDING_MODEL is {setting}. New collections use it. Those with documents keep {kept}. "
        f"To change one: {migration_command(setting)}"
    )
    return [warning]


def _refused_warnings(model: str, in_use: frozenset[str]) -> list[str]:
    kept = _listed(in_use)
    warning = (
        f"EMBEDDING_MODEL is {model}, which the local model server doesn't have. The documents "
        f"here are embedded with {kept}, so the local model server is used for all. To use "
        f"{model}, too, have all of them in Ollama: {_pull(in_use | {model})}"
    )
    return [warning]


def _missing_wheel_warnings(models: frozenset[str], missing: Mapping[str, str]) -> list[str]:
    return [
        f"The local model server doesn't have {model}. {missing[key]}\n{_EFFECT}"
        for model in sorted(models)
        if (key := names.offered(model) or "") in missing
    ]


def _missing_model_warnings(
    host: str, models: frozenset[str], served: frozenset[str] | None
) -> list[str]:
    lacking = [model for model in sorted(models) if not _has(served or (), model)]
    if not lacking:
        return []
    remedy = f"run: {_pull(lacking)}\n{_EFFECT}"
    if served is None:
        return [f"No Ollama answers at {host}. Start it and {remedy}"]
    return [f"Ollama at {host} doesn't have {_listed(lacking)}. To get it, {remedy}"]


def _pull(models: Iterable[str]) -> str:
    return " && ".join(f"ollama pull {model}" for model in sorted(models))


def _listed(models: Iterable[str]) -> str:
    return " and ".join(sorted(models))
