"""A server without one of its models says why."""

import subprocess
import sys

import httpx
import pytest

from local.model_server import names
from local.model_server.app import create_app
from local.model_server.models import Models

REASON = "its wheel is missing"


@pytest.mark.anyio
@pytest.mark.parametrize(("path", "quote"), [("/api/embed", '"'), ("/api/show", "'")])
@pytest.mark.parametrize(("model", "reason"), [("wordllama:256", REASON), ("bge-m3:567m", None)])
async def test_the_answer_names_the_reason(
    path: str, quote: str, model: str, reason: str | None
) -> None:
    app = create_app(Models([], {names.WORDLLAMA: REASON}))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        response = await client.post(path, json={"model": model, "input": "ink"})
    assert response.status_code == 404
    error = response.json()["error"]
    assert error.startswith(f"model {quote}{model}{quote} not found")
    assert (REASON in error) == (reason is not None)


def test_the_server_starts_without_the_packages_of_the_chat_model() -> None:
    program = "import sys; sys.modules['xllamacpp'] = None; import local.model_server.app"
    subprocess.run([sys.executable, "-c", program], check=True)
