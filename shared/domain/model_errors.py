"""What can go wrong with models: those that embed, chat and rerank."""

from shared.domain.errors import InkdexError
from shared.domain.reasons import ChatFailure, RejectionCode, RerankFailure, UnavailableReason


class ModelSwitched(InkdexError):
    """A search has a vector of a model that is not active any more. It is repeated."""


class TextRejected(InkdexError):
    """The model cannot embed a text, or its vector cannot be searched.

    `message` says what to do and never quotes the text.
    """

    def __init__(self, code: RejectionCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ModelUnavailable(InkdexError):
    """The model server cannot embed now. No document is to blame."""

    def __init__(self, reason: UnavailableReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class ModelNotLearned(InkdexError):
    """The model server that leads has not yet shown what a model is. Others wait for it."""


class ChatUnavailable(InkdexError):
    """The chat model cannot answer now. The message says what to do."""

    def __init__(self, reason: ChatFailure, message: str | None = None) -> None:
        super().__init__(message or reason.meaning)
        self.reason = reason


class PromptCut(ChatUnavailable):
    """The server read only a part of the prompt, although it was asked not to cut it."""

    def __init__(self) -> None:
        super().__init__(
            ChatFailure.PROMPT_CUT,
            "The chat model's server cut the prompt, so the answer is worth nothing. Update Ollama,"
            " or set INKDEX_CHAT_CONTEXT_TOKENS to what the model has.",
        )


class PromptTooLong(InkdexError):
    """The prompt exceeds the chat model's context. Both are in tokens, None if unknown."""

    def __init__(self, tokens: int | None, context_tokens: int | None) -> None:
        super().__init__("The prompt exceeds the chat model's context.")
        self.tokens = tokens
        self.context_tokens = context_tokens


class RerankerUnavailable(InkdexError):
    """The reranker cannot score now. No hit is to blame."""

    def __init__(self, reason: RerankFailure) -> None:
        super().__init__(reason.meaning)
        self.reason = reason
