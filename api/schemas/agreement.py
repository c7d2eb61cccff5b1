"""Values that may stand both in a body and in the URL."""

from shared.domain.errors import FieldError, InvalidInput


def agreed(field: str, in_body: str | None, in_url: str | None) -> str | None:
    """Return the value of body or URL; raises InvalidInput if they contradict each other."""
    if in_body is not None and in_url is not None and in_body != in_url:
        raise InvalidInput(
            FieldError((field,), f"contradicts the {field} of the URL; leave one of them out")
        )
    return in_body if in_body is not None else in_url
