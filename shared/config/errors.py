"""Sentences about wrong settings."""

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from shared.config.names import variable_of
from shared.config.settings import Settings


def variable_name(field: str) -> str:
    """Return the environment variable that sets a field of Settings."""
    return variable_of(field, Settings.model_fields[field])


def setting_errors(error: ValidationError) -> list[str]:
    """Return a sentence for each wrong setting, without its value, which may be a secret."""
    fields = {variable_name(name): field for name, field in Settings.model_fields.items()}
    sentences = []
    for problem in error.errors(include_input=False, include_url=False):
        if problem["type"] == "default_factory_not_called":  # its source is the wrong setting
            continue
        location = str(problem["loc"][0])
        name = location if location in fields else variable_name(location)
        sentences.append(f"{name} must be {_requirement(fields[name], problem['type'])}.")
    return sentences


def _requirement(field: FieldInfo, error_type: str) -> str:
    if field.description:
        return field.description
    if error_type.startswith("int"):
        return "a whole number"
    if error_type.startswith("float"):
        return "a number"
    return _range(field)


def _range(field: FieldInfo) -> str:
    bounds = {
        name: getattr(limit, name)
        for limit in field.metadata
        for name in ("gt", "ge", "le")
        if hasattr(limit, name)
    }
    match bounds:
        case {"ge": least, "le": most}:
            return f"from {least} to {most}"
        case {"ge": least}:
            return f"at least {least}"
        case {"gt": limit}:
            return f"greater than {limit}"
    return "valid"
