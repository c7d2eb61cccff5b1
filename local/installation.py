"""Where this Inkdex is: in a checkout, which has a Makefile, or installed as a package."""

import os
from pathlib import Path

CODE = Path(__file__).resolve().parents[1]
"""The folder of the packages: the checkout, or `site-packages`."""
IN_CHECKOUT = (CODE / "Makefile").is_file()


def enter() -> None:
    """Make the folder current whose `.env` this Inkdex reads: the checkout, or that of its data.

    The folder of the data is INKDEX_DATA_DIR, and from here on that is set. Raises OSError.
    """
    if IN_CHECKOUT:
        os.chdir(CODE)
        return
    folder = Path(os.environ.get("INKDEX_DATA_DIR") or _data_home() / "inkdex")
    folder = folder.expanduser().resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chdir(folder)
    os.environ["INKDEX_DATA_DIR"] = str(folder)


def command(name: str, **settings: str) -> str:
    """Return a command line for a message, such as `make up API_PORT=8001`."""
    values = " ".join(f"{setting}={value}" for setting, value in settings.items())
    return (f"make {name} {values}" if IN_CHECKOUT else f"{values} inkdex {name}").strip()


def migration_command(model: str) -> str:
    """Return the command line that changes the model of a collection, without its name."""
    made = f"make migrate-model MODEL={model} COLLECTION="
    return made if IN_CHECKOUT else f"inkdex migrate COLLECTION {model}"


def _data_home() -> Path:
    """Return the folder of a user's data, as the XDG base directories say."""
    folder = Path(os.environ.get("XDG_DATA_HOME", ""))
    return folder if folder.is_absolute() else Path.home() / ".local" / "share"
