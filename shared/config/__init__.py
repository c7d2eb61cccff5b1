"""Every setting of a process, from the environment, `.env` and files of secrets."""

import sys
from functools import lru_cache

from pydantic import ValidationError

from shared.config.errors import setting_errors, variable_name
from shared.config.secret_files import SecretFileError
from shared.config.settings import Settings

__all__ = ["SecretFileError", "Settings", "get_settings", "setting_errors", "variable_name"]


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the process's settings. If some are wrong, name them and end the process."""
    try:
        return Settings()
    except ValidationError as error:
        sys.exit("\n".join(setting_errors(error)))
    except SecretFileError as error:
        sys.exit(str(error))
