"""The API that commands talk to: its address, the key, and what it says when it refuses."""

from typing import Any

import httpx

from shared.config import Settings


def address(settings: Settings) -> str:
    """Return the URL of the API: INKDEX_API_URL, or this machine at API_PORT."""
    return (settings.api_url or f"http://127.0.0.1:{settings.api_port}").rstrip("/")


def authorization(settings: Settings) -> dict[str, str]:
    """Return the header with the key of INKDEX_API_KEY, if it is set."""
    key = settings.api_key.get_secret_value()
    return {"Authorization": f"Bearer {key}"} if key else {}


def problem(answer: httpx.Response) -> dict[str, Any]:
    """Return the body of an error, with at least its `detail`."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if isinstance(body, dict) and isinstance(body.get("detail"), str):
        return body
    return {"detail": f"The API answers {answer.status_code}"}


def detail(answer: httpx.Response) -> str:
    """Return the sentence of an error, without its full stop."""
    return str(problem(answer)["detail"]).rstrip(".")
