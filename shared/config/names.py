"""The names of the environment variables."""

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

PREFIX = "INKDEX_"


def variable_of(name: str, field: FieldInfo) -> str:
    """Return the environment variable that sets a field."""
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"{PREFIX}{name.upper()}"
