"""The demo: a real corpus imported, embedded and searched, beside the naive way of searching."""

from local.demo.tour import run

__all__ = ["run"]
