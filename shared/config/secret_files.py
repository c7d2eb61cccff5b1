"""Secrets in files: `DATABASE_URL_FILE` names a file with the value of `DATABASE_URL`.

Platforms mount secrets as files, because other processes and crash reports see the environment.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from shared.config.names import variable_of

SUFFIX = "_FILE"
FILE_MAX_BYTES = 64 * 1024


class SecretFileError(Exception):
    """A variable that names no readable file, or a secret that is set twice."""


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the files that variables name."""

    def __init__(
        self, settings: type[BaseSettings], variables: Iterable[Mapping[str, str | None]]
    ) -> None:
        """`variables` are those of the environment and of `.env`, by lower-case name."""
        super().__init__(settings)
        self._variables = list(variables)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = variable_of(field_name, field)
        key = variable if field.validation_alias else field_name
        path = self._given(variable + SUFFIX)
        if path is None:
            return None, key, False
        if self._given(variable) is not None:
            raise SecretFileError(f"Set {variable} or {variable}{SUFFIX}, not both.")
        return secret_in(Path(path), variable + SUFFIX), key, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields.items()
        secrets = [(name, field) for name, field in fields if field.annotation is SecretStr]
        found = [self.get_field_value(field, name)[:2] for name, field in secrets]
        return {key: value for value, key in found if value is not None}

    def _given(self, variable: str) -> str | None:
        """Return the value of a variable. An empty one counts as not set."""
        values = (variables.get(variable.lower()) for variables in self._variables)
        return next(filter(None, values), None)


def secret_in(path: Path, variable: str) -> str:
    """Return the text of a file without the line end. `variable` named it, for the error."""
    try:
        with path.open("rb") as file:
            content = file.read(FILE_MAX_BYTES + 1)
        if len(content) > FILE_MAX_BYTES:
            raise SecretFileError(f"The file that {variable} names is too large for a secret.")
        text = content.decode().rstrip("\r\n")
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise SecretFileError(f"{variable} names a file that cannot be read: {reason}.") from None
    except UnicodeDecodeError:
        raise SecretFileError(f"The file that {variable} names is not text in UTF-8.") from None
    if not text:
        raise SecretFileError(f"The file that {variable} names is empty.")
    return text
