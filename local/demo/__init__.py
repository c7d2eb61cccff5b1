"""The demo imports, embeds and searches a real corpus, and changes its embedding model."""

from local.demo.tour import run

__all__ = ["run"]
