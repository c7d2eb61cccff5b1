"""What Ollama's chat route is sent, and what it answers."""

import json
from typing import Any

from shared.adapters.ollama.model_card import same_model
from shared.domain.answers.chat import ChatEnd, ChatRequest, EndReason
from shared.domain.model_errors import ChatUnavailable
from shared.domain.reasons import ChatFailure

TEMPERATURE = 0.1
"""An answer from sources needs no invention."""
SEED = 1
COMPLETION = "completion"
COUNT_MAX = 2**63
"""A server's numbers can be infinite, or not numbers at all."""

Record = dict[str, Any]


def request_body(request: ChatRequest, keep_alive: str) -> Record:
    """Return the body of a request. It is never cut, and the model does not think aloud.

    All requests have the same `num_ctx`, because Ollama loads the model again for another one.
    """
    return {
        "model": request.model,
        "messages": [{"role": each.role, "content": each.content} for each in request.messages],
        "stream": True,
        "truncate": False,
        "think": False,
        "keep_alive": -1 if keep_alive == "-1" else keep_alive,
        "options": {
            "num_ctx": request.context_tokens,
            "num_predict": request.max_tokens,
            "temperature": TEMPERATURE,
            "seed": SEED,
        },
    }


def parsed(line: str) -> Record:
    """Return the record of a line; raises ChatUnavailable."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ChatUnavailable(ChatFailure.BAD_ANSWER) from error
    if not isinstance(record, dict):
        raise ChatUnavailable(ChatFailure.BAD_ANSWER)
    return record


def piece_of(record: Record) -> str:
    """Return the text of a record; raises ChatUnavailable."""
    message = record.get("message")
    content = message.get("content", "") if isinstance(message, dict) else ""
    if not isinstance(content, str):
        raise ChatUnavailable(ChatFailure.BAD_ANSWER)
    return content.encode(errors="replace").decode()  # no lone surrogates


def end_of(record: Record) -> ChatEnd:
    """Return the end that the last record describes."""
    reason = EndReason.LENGTH if record.get("done_reason") == "length" else EndReason.STOP
    return ChatEnd(
        reason,
        _count(record, "prompt_eval_count"),
        _count(record, "eval_count"),
        *(
            _count(record, f"{step}_duration") / 1e9
            for step in ("load", "prompt_eval", "eval", "total")
        ),
    )


def _count(record: Record, name: str) -> int:
    value = record.get(name)
    if not isinstance(value, int | float):
        return 0
    return int(value) if 0 <= value <= COUNT_MAX else 0


def check_chats(shown: Record, model: str) -> None:
    """Raise ChatUnavailable if a description is that of a model that does not chat."""
    capabilities = shown.get("capabilities")
    if isinstance(capabilities, list) and COMPLETION not in capabilities:
        raise ChatUnavailable(
            ChatFailure.WRONG_KIND_OF_MODEL, f"{model!r} is not a chat model. Choose one that is."
        )


def digest_of(tags: Record, model: str) -> str:
    """Return a model's digest in the list of models. It is empty if the list does not have it."""
    return next((str(each.get("digest", "")) for each in _named(tags, model)), "")


def is_listed(running: Record, model: str) -> bool:
    """Return whether a list of models has a model."""
    return bool(_named(running, model))


def _named(listed: Record, model: str) -> list[Record]:
    models = listed.get("models")
    records = models if isinstance(models, list) else []
    return [each for each in records if isinstance(each, dict) and _is_model(each, model)]


def _is_model(record: Record, model: str) -> bool:
    return same_model(str(record.get("name") or record.get("model")), model)


def context_of(shown: Record) -> int | None:
    """Return how many tokens the model reads at most, or None if unknown."""
    known = shown.get("model_info")
    found = [
        value
        for name, value in (known.items() if isinstance(known, dict) else ())
        if name.endswith(".context_length") and isinstance(value, int)
    ]
    return min(found, default=None)
