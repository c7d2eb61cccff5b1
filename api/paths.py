"""Paths that hold any text: ids and collections may have slashes and line ends in them."""

from typing import ClassVar

from starlette.convertors import PathConvertor, register_url_convertor


class AnyTextConvertor(PathConvertor):
    """Starlette's `path` stops at a line's end."""

    regex: ClassVar[str] = r"[\s\S]+"


register_url_convertor("any_text", AnyTextConvertor())

ID = "/{id:any_text}"
COLLECTION = "/{collection:any_text}"
