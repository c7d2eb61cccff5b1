"""Field types and the base class of request bodies."""

from difflib import get_close_matches
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from shared.domain.documents.document import DEFAULT_COLLECTION, TITLE_MAX_CHARACTERS
from shared.domain.documents.validation import ID_MAX_CHARACTERS
from shared.domain.refs import Collection

EXAMPLE: dict[str, Any] = {
    "id": "readme",
    "title": "About ink",
    "content": "Ink dries in seconds; a document is searchable as soon as it does.",
    "metadata": {"lang": "en", "year": 2026},
}
NAME_CHARACTERS = 100
SYNONYMS = {"text": "content", "body": "content", "query": "q", "name": "title"}

# The domain checks sizes in bytes and rejects characters that PostgreSQL cannot store.
Identifier = Annotated[
    str,
    Field(
        min_length=1,
        max_length=ID_MAX_CHARACTERS,
        description="Any text without NUL, except `.` and `..`.",
        examples=["readme"],
    ),
]
CollectionQuery = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=ID_MAX_CHARACTERS,
        description=f"The collection; `{DEFAULT_COLLECTION}` if omitted.",
        examples=[DEFAULT_COLLECTION],
    ),
]
CollectionName = Annotated[
    str, BeforeValidator(lambda value: value.name if isinstance(value, Collection) else value)
]
"""The name of a collection, for fields that are read from an object of the domain."""
Title = Annotated[str | None, Field(max_length=TITLE_MAX_CHARACTERS, examples=["About ink"])]
Content = Annotated[
    str,
    Field(
        min_length=1,
        description="The text: not blank, without NUL, up to 1 MiB in UTF-8.",
        examples=[EXAMPLE["content"]],
    ),
]
Metadata = Annotated[
    dict[str, Any],
    Field(description="Any JSON object, up to 64 KiB; filters read it.", examples=[{"lang": "en"}]),
]


UNKNOWN_FIELD = "unknown_field"


def _custom(message: str) -> PydanticCustomError:
    return PydanticCustomError(UNKNOWN_FIELD, "{message}", {"message": message})


class Request(BaseModel):
    """Base of request bodies. An unknown field is an error, because it is usually a misspelling."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="wrap")
    @classmethod
    def _suggest_known_fields(
        cls, value: object, validate: ModelWrapValidatorHandler[Self]
    ) -> Self:
        try:
            return validate(value)
        except ValidationError as error:
            details = [cls._detail(each) for each in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(error.title, details) from None

    @classmethod
    def _detail(cls, error: Any) -> InitErrorDetails:  # noqa: ANN401 - pydantic's ErrorDetails
        detail = InitErrorDetails(type=error["type"], loc=error["loc"], input=error["input"])
        if "ctx" in error:
            detail["ctx"] = error["ctx"]
        if error["type"] == "extra_forbidden":
            detail["type"] = cls._unknown_field(str(error["loc"][-1]))
        if error["type"] == UNKNOWN_FIELD:  # of a body within this one
            detail["type"] = _custom(error["ctx"]["message"])
        return detail

    @classmethod
    def _unknown_field(cls, name: str) -> PydanticCustomError:
        message = f"unknown field '{name[:NAME_CHARACTERS]}'"
        if nearest := cls._nearest_field(name):
            message += f"; did you mean '{nearest}'?"
        return _custom(message)

    @classmethod
    def _nearest_field(cls, name: str) -> str | None:
        """Return a similar field. Comparing a long name would take too long."""
        if len(name) > NAME_CHARACTERS:
            return None
        similar = get_close_matches(SYNONYMS.get(name, name), cls.model_fields, n=1)
        return similar[0] if similar else None
