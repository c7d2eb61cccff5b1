"""Says in plain English what pydantic and its JSON parser found wrong. People read it."""

import re
from collections.abc import Mapping
from typing import Any

_OF_JSON = {
    "EOF while parsing a list": "the end of an array is missing",
    "EOF while parsing an object": "the end of an object is missing",
    "EOF while parsing a string": "the end of a string is missing",
    "EOF while parsing a value": "a value is missing or incomplete",
    "expected `:`": "a colon is missing",
    "expected `,` or `]`": "a comma or a closing bracket is missing",
    "expected `,` or `}`": "a comma or a closing brace is missing",
    "expected ident": "a value is misspelled",
    "expected value": "this is not a value",
    "invalid escape": "an escape sequence is not valid",
    "invalid number": "this is not a number",
    "number out of range": "a number is out of range",
    "invalid unicode code point": "a string is not UTF-8",
    "control character (\\u0000-\\u001F) found while parsing a string": "a string has a line break "
    "or another control character that is not escaped",
    "key must be a string": "a name needs double quotes",
    "lone leading surrogate in hex escape": "an escaped character is incomplete",
    "unexpected end of hex escape": "an escaped character is incomplete",
    "trailing comma": "there is a trailing comma",
    "trailing characters": "there are characters after the end",
    "recursion limit exceeded": "it is nested too deeply",
}
_PLACE = re.compile(r"^(?P<reason>.*) at line (?P<line>\d+) column (?P<column>\d+)$", re.DOTALL)
_OF_FIELD = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "none_required": "must be null",
    "string_type": "must be a string",
    "string_unicode": "is not UTF-8",
    "dict_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "list_type": "must be a JSON array",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is out of range",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "value_error": "{error}",
}
_OF_LENGTH = {
    "string_too_short": ("at least", "min_length", "character"),
    "string_too_long": ("at most", "max_length", "character"),
    "too_short": ("at least", "min_length", "item"),
    "too_long": ("at most", "max_length", "item"),
}


def of_json(error: object) -> str:
    """Return why a text is not valid JSON, as in `is not valid JSON at line 1, column 2: ...`."""
    found = _PLACE.match(str(error))
    if found is None:
        return f"is not valid JSON: {error}"
    place = f"at line {found['line']}, column {found['column']}"
    return f"is not valid JSON {place}: {_OF_JSON.get(found['reason'], found['reason'])}"


def of_field(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a field, by pydantic's description."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _OF_LENGTH:
        bound, name, unit = _OF_LENGTH[kind]
        size = context[name]
        return f"must have {bound} {size:,} {unit}{'' if size == 1 else 's'}"
    message = _OF_FIELD.get(kind, "{message}")
    return message.format(**{"message": error["msg"], **context})
