"""`make import` and `make watch`: commands of the client, for the API of this checkout."""

import os
import sys
from urllib.parse import urlsplit

from local.api import address
from local.installation import CODE
from local.proxies import unproxied
from shared.config import Settings, get_settings

CLIENT = CODE / "client"
USAGE = {
    "import": "Name a file or a folder, such as: make import FILE=documents.jsonl",
    "watch": "Name a folder, a site, a bucket or a database, such as: make watch PLACE=wiki",
}


def main(name: str, place: str = "", *options: str) -> None:
    """Become the command, or say why it cannot begin."""
    if not place:
        sys.exit(USAGE[name])
    settings = get_settings()
    given = ("--refused", _refused(settings)) if name == "import" else ()
    command = [sys.executable, "-m", "inkdex", name, place, *given, *options]
    os.execve(sys.executable, command, _environment(settings))  # noqa: S606


def _refused(settings: Settings) -> str:
    """Return the file that names what an import does not store."""
    path = settings.data_dir.expanduser().resolve() / "imports" / "refused.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(path)


def _environment(settings: Settings) -> dict[str, str]:
    url = address(settings)
    return {
        **os.environ,
        **unproxied(urlsplit(url).hostname),
        "INKDEX_URL": url,
        "INKDEX_API_KEY": settings.api_key.get_secret_value(),
        "PYTHONPATH": os.pathsep.join([str(CLIENT), os.environ.get("PYTHONPATH", "")]),
    }


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}.")
