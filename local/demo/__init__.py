"""The demo imports, embeds and searches a real corpus, and compares it with a naive search."""

from local.demo.tour import run

__all__ = ["run"]
