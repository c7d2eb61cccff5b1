"""Runs a command and turns what goes wrong into a message and an exit status."""

import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from inkdex.commands.parser import make_parser

if TYPE_CHECKING:
    import argparse

REFUSED, USAGE, AWAY, INTERRUPTED, BROKEN_PIPE = 1, 2, 3, 130, 141


def main(arguments: list[str] | None = None) -> int:
    """Run the command line. Return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    options = make_parser().parse_args(arguments)
    try:
        status = _run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return status


def _run(options: "argparse.Namespace") -> int:
    from inkdex.commands.output import complain  # noqa: PLC0415 - only when a command runs
    from inkdex.errors import ApiError, InkdexError, Unreachable  # noqa: PLC0415 - likewise

    try:
        module = import_module(f"inkdex.commands.{options.module}")
        status: int = module.run(options)
    except Unreachable as error:
        complain(str(error))
        return AWAY
    except ApiError as error:
        complain(str(error))
        for each in (error.problem.errors or [])[:10]:
            complain(f"  {'.'.join(map(str, each.path))} {each.message}")
        return REFUSED
    except InkdexError as error:
        complain(str(error))
        return REFUSED
    except ValueError as error:
        complain(_reason(error))
        return USAGE
    except BrokenPipeError:
        raise
    except OSError as error:
        complain(f"{error.filename or 'A file'}: {error.strerror or error}")
        return REFUSED
    return status


def _reason(error: ValueError) -> str:
    """Return what is wrong, without the text that cannot be encoded, which may be secret."""
    if isinstance(error, UnicodeEncodeError):
        return "An argument has a character that cannot be sent."
    return str(error)
