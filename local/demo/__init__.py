"""The demo imports and searches a real corpus, changes its embedding model, and asks a question."""

from local.demo.tour import run

__all__ = ["run"]
