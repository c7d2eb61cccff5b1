"""`make import`: the command `inkdex import`, with the address and the key of this checkout."""

import os
import sys
from pathlib import Path

from local.api import address
from shared.config import Settings, get_settings

CLIENT = Path(__file__).resolve().parents[1] / "client"
USAGE = "Name a file or a folder, such as: make import FILE=documents.jsonl"


def main(path: str = "", *options: str) -> None:
    """Become the command, or say why it cannot begin."""
    if not path:
        sys.exit(USAGE)
    settings = get_settings()
    refused = settings.data_dir.expanduser().resolve() / "imports" / "refused.jsonl"
    refused.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "inkdex", "import", path, "--refused", str(refused)]
    os.execve(sys.executable, [*command, *options], _environment(settings))  # noqa: S606


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "INKDEX_URL": address(settings),
        "INKDEX_API_KEY": settings.api_key.get_secret_value(),
        "PYTHONPATH": os.pathsep.join([str(CLIENT), os.environ.get("PYTHONPATH", "")]),
        "no_proxy": "*",
    }


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}.")
