"""What the local stack tells a person instead of a traceback."""


class StackError(Exception):
    """The stack can't do what was asked; the message says why and what to do."""
