"""The error that the local commands print instead of a traceback."""


class StackError(Exception):
    """The command cannot continue. The message gives the reason and a remedy."""
