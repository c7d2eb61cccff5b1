import os
import subprocess
from pathlib import Path

import pytest

from local import ports
from local.model_server import names
from tests.support.paths import ROOT


@pytest.mark.stack
@pytest.mark.timeout(1500)
def test_make_demo_works_from_nothing(tmp_path: Path) -> None:
    """The demo searches its corpus, changes its model, asks, and leaves nothing running."""
    api, flower = ports.free_port(), ports.free_port()
    servers = ("DATABASE_URL", "REDIS_URL", "OLLAMA_HOST", "EMBEDDING_MODEL")
    env = {name: value for name, value in os.environ.items() if name not in servers}
    done = subprocess.run(
        # Tests that measure time run beside it.
        [
            "nice",
            "-n",
            "5",
            "make",
            "demo",
            "DEMO_EXIT=1",
            f"API_PORT={api}",
            f"FLOWER_PORT={flower}",
        ],
        cwd=ROOT,
        env={**env, "INKDEX_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert "all ready after" in output
    assert "naive: embeds every document" in output
    assert ("searches ran meanwhile and none failed" in output) == (not names.missing()), output
    assert "Sources: [1]" in output
    assert "Answered by" in output
    assert ports.is_free(api)
    assert ports.is_free(flower)
    assert list((tmp_path / "data" / "run" / "services").iterdir()) == []
