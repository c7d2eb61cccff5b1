"""The API that commands talk to: its address, and what it says when it refuses."""

from typing import Any

import httpx

from shared.config import Settings


def address(settings: Settings) -> str:
    """Return the URL of the API: INKDEX_API_URL, or this machine at API_PORT."""
    return (settings.api_url or f"http://127.0.0.1:{settings.api_port}").rstrip("/")


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
