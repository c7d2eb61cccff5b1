"""`python -m migrations` updates the schema of DATABASE_URL. It needs no alembic.ini."""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

if __name__ == "__main__":
    config = Config()
    folder = str(Path(__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        sys.exit(str(error))
