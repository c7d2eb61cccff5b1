"""`inkdex mcp`, started by a real client of the protocol as agents do."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from local import ports
from tests.api.mcp.conftest import ADMIN_KEY, MODES
from tests.support.paths import ROOT

INK = "Iron gall ink dries in three minutes on cotton paper."
LIST = {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}


def environment(url: str, key: str) -> dict[str, str]:
    client = str(ROOT / "client")
    return {**os.environ, "PYTHONPATH": client, "INKDEX_URL": url, "INKDEX_API_KEY": key}


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_an_agent_uses_the_tools(
    keyed_api: str, put: Callable[..., None], collection: str, mode: str, tmp_path: Path
) -> None:
    put("one", INK)
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "inkdex", "mcp"],
        env=environment(keyed_api, ADMIN_KEY),
    )

    async def use() -> None:
        with (tmp_path / "errors").open("w") as errors:
            async with Client(stdio_client(command, errlog=errors), mode=mode) as client:
                assert len((await client.list_tools()).tools) == 6
                calls = [
                    client.call_tool("search", {"query": "ink", "collection": collection}),
                    client.call_tool("get_document", {"id": "one", "collection": collection}),
                ]
                found, read = await asyncio.gather(*calls)
                assert found.structured_content["hits"][0]["id"] == "one"
                assert read.structured_content["content"] == INK

    asyncio.run(use())


def passed_on(url: str, key: str, text: str) -> list[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "inkdex", "mcp"],
        input=text,
        env=environment(url, key),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_goes_wrong_is_the_answer_to_the_message(keyed_api: str) -> None:
    (answer,) = passed_on(keyed_api, "ink_wrong", json.dumps(LIST) + "\n")
    assert answer["id"] == 7
    assert "The key is not valid" in str(answer["error"])
    (answer,) = passed_on(f"http://127.0.0.1:{ports.free_port()}", "", json.dumps(LIST) + "\n")
    assert "does not answer" in str(answer["error"])


def test_what_is_no_message_is_refused_and_the_rest_answered(keyed_api: str) -> None:
    lines = ["ink", "[]", "", json.dumps({"jsonrpc": "2.0", "method": "notifications/x"})]
    answers = passed_on(keyed_api, ADMIN_KEY, "\n".join([*lines, json.dumps(LIST)]) + "\n")
    assert [each["id"] for each in answers] == [None, None, 7]
    assert "result" in answers[-1]
