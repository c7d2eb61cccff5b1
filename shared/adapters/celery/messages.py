"""The shape of the messages that a worker accepts.

Anyone who can write to Redis can send anything. Celery expects the shape that it sends itself.
"""

from collections.abc import Mapping
from typing import Any

from kombu.message import Message

ENVELOPE: Mapping[str, type | tuple[type, ...]] = {
    "body": str,
    "content-type": str,
    "content-encoding": str,
    "headers": dict,
    "properties": dict,
}
PROPERTIES: Mapping[str, type] = {"delivery_tag": str, "delivery_info": dict, "body_encoding": str}
DELIVERY_INFO: Mapping[str, type] = {"exchange": str, "routing_key": str}
TASK_HEADERS: Mapping[str, type] = {"task": str, "id": str}


class MessageRejected(Exception):
    """A message that is no task. The text says why and quotes nothing of it."""


def check_envelope(raw: object) -> None:
    """Raise MessageRejected unless Kombu can read the message."""
    envelope = _checked(raw, ENVELOPE, "message")
    properties = _checked(envelope["properties"], PROPERTIES, "properties")
    _checked(properties["delivery_info"], DELIVERY_INFO, "delivery_info")


def check_task(message: Message) -> None:
    """Raise MessageRejected unless the message is a plain task that can run now."""
    headers = _checked(message.headers, TASK_HEADERS, "headers")
    if message.content_type != "application/json":
        raise MessageRejected("its content type is not application/json")
    if headers.get("eta") or headers.get("expires"):
        raise MessageRejected("it has a time to run at or to expire at")
    body = message.decode()  # type: ignore[no-untyped-call]
    if not (isinstance(body, list) and len(body) == 3):
        raise MessageRejected("its body is not a list of arguments and options")
    arguments, keywords, options = body
    if not (isinstance(arguments, list) and isinstance(keywords, dict)):
        raise MessageRejected("its arguments are not a list and an object")
    if not isinstance(options, dict) or any(options.values()):
        raise MessageRejected("it has callbacks or belongs to a group of tasks")


def _checked(
    value: object, fields: Mapping[str, type | tuple[type, ...]], name: str
) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise MessageRejected(f"its {name} is not an object")
    for field, kind in fields.items():
        if not isinstance(value.get(field), kind):
            raise MessageRejected(f"its {name} has no valid {field}")
    return value
