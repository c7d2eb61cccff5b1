"""The options of a request, with Ollama's defaults, and what llama.cpp calls them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite

from local.model_server.protocol import RequestError, valid_text

NUM_CTX = 4096
NUM_CTX_MIN = 4
NUM_BATCH = 128  # Ollama has 512. A smaller one is as fast here, and sooner cancelled
ENDLESS_CONTEXTS = 10  # an answer without a limit ends after so many contexts
KINDS: dict[type, str] = {int: "integer", float: "number", list: "array"}


@dataclass(frozen=True)
class Options:
    """The options that have an effect. Others are ignored, as Ollama ignores unknown ones."""

    num_ctx: int = NUM_CTX
    num_batch: int = NUM_BATCH
    num_keep: int = 4
    num_predict: int = -1
    seed: int = -1
    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.9
    min_p: float = 0.0
    typical_p: float = 1.0
    repeat_last_n: int = 64
    repeat_penalty: float = 1.1
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    stop: tuple[str, ...] = ()

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> "Options":
        """Return the options of a request. Raises RequestError for a value of the wrong type."""
        known = {field.name: type(field.default) for field in fields(cls)}
        parsed = {
            name: _value(name, kind, values[name])
            for name, kind in known.items()
            if values.get(name) is not None
        }
        return cls(**parsed)  # type: ignore[arg-type] # _value has checked them

    def sampling(self, num_ctx: int) -> dict[str, object]:
        """Return llama.cpp's parameters for one answer."""
        most = ENDLESS_CONTEXTS * num_ctx
        return {
            "n_predict": self.num_predict if 0 <= self.num_predict < most else most,
            "n_keep": self.num_keep,
            "seed": self.seed,
            "temperature": self.temperature,
            "top_k": self.top_k,
            "top_p": self.top_p,
            "min_p": self.min_p,
            "typical_p": self.typical_p,
            "repeat_last_n": self.repeat_last_n,
            "repeat_penalty": self.repeat_penalty,
            "presence_penalty": self.presence_penalty,
            "frequency_penalty": self.frequency_penalty,
            "stop": list(self.stop),
        }


def _value(name: str, kind: type, value: object) -> object:
    if kind is tuple:
        return _texts(name, value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise _wrong_type(name, KINDS[kind])
    return kind(value)


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _wrong_type(name, "array")
    if not all(isinstance(each, str) for each in value):
        raise _wrong_type(name, "array of strings")
    return tuple(map(valid_text, value))


def _wrong_type(name: str, kind: str) -> RequestError:
    return RequestError(500, f'option "{name}" must be of type {kind}')
