"""Everything that can go wrong, by whose fault it is.

InkdexError
├── DocumentInvalid         what was sent can't be a document
│   └── DocumentTooLarge
├── QueryInvalid            what was sent can't be a search
├── DocumentNotFound
├── DocumentExists
├── WebhookNotFound
├── VersionConflict         the document changed since the caller read it
├── TooBusy                 more work waits than is taken on
├── DatabaseUnavailable
├── TextRejected            the model can't embed this text: its document's fault
└── ModelUnavailable        the model server can't embed now: nobody's fault
"""

from dataclasses import dataclass


class InkdexError(Exception):
    """Base of every error that Inkdex raises on purpose."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field's problem: its path, as in `("metadata", "year")`, and a sentence."""

    path: tuple[str | int, ...]
    message: str


class DocumentInvalid(InkdexError):
    """What was sent can't be a document."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, e.path))}: {e.message}" for e in errors))
        self.errors = errors


class DocumentTooLarge(DocumentInvalid):
    """The document is over a size limit."""


class QueryInvalid(DocumentInvalid):
    """What was sent can't be a search."""


class DocumentNotFound(InkdexError):
    """No document has this id in this collection."""


class DocumentExists(InkdexError):
    """A document with this id exists in this collection."""


class WebhookNotFound(InkdexError):
    """The collection has no webhook."""


class VersionConflict(InkdexError):
    """The document is not at the version the caller expects."""


class TooBusy(InkdexError):
    """More work waits, or is under way, than is taken on: come back later."""


class DatabaseUnavailable(InkdexError):
    """PostgreSQL does not answer."""


TOO_LONG = "too_long"
"""The code of a text that is more than the model reads: it can be cut into smaller ones."""


class TextRejected(InkdexError):
    """The model can't embed a text, or made a vector of it that can't be searched.

    `code` is constant and bounded; `message` is a sentence that says what to do
    and never quotes the text.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ModelUnavailable(InkdexError):
    """The model server can't embed now; no document is to blame.

    `reason` is constant and bounded: `unreachable`, `timeout`, `server_error`,
    `busy`, `model_missing`, `wrong_kind_of_model`, `bad_answer`, `model_changed`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def describe(error: BaseException) -> str:
    """Return an error's type, and what it says if that can't quote what was sent.

    Our own errors never do; the libraries' quote the value that they could not take.
    """
    name = type(error).__qualname__
    if isinstance(error, InkdexError):
        return f"{name}: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: {error.strerror}"
    state = getattr(error, "sqlstate", None)
    return f"{name} {state}" if state else name


class LeaseLost(Exception):
    """Everything in a claim was edited, deleted or taken over: going on would be for nothing."""


class BrokerUnavailable(InkdexError):
    """The broker took no message within its time box."""


class WebhookRefused(InkdexError):
    """A message was not taken; the text says why, in words that hold no part of its URL."""
