import re
import subprocess

import pytest

from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


def lines_of(prefix: str) -> list[str]:
    return [line for block in COMMANDS for line in block.splitlines() if line.startswith(prefix)]


def test_every_make_command_in_the_readme_exists() -> None:
    lines = lines_of("make ")
    assert "make demo" in {line.partition("#")[0].strip() for line in lines}
    for line in lines:
        target = line.partition("#")[0].split()[1:]
        done = subprocess.run(
            ["make", "-n", *target], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", [block for block in COMMANDS if "curl" in block])
def test_the_curl_commands_in_the_readme_work(api: str, block: str) -> None:
    script = "set -euo pipefail\n" + block.replace("http://127.0.0.1:8000", api)
    done = subprocess.run(
        ["bash", "-c", script.replace("curl -s", "curl -sS --fail --noproxy '*'")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert '"status":"ready"' in done.stdout
    assert '"snippet":"' in done.stdout


def test_links_in_the_readme_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
