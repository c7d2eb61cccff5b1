"""The documents of the demo: the docstrings of Python's standard library.

It parses the sources and imports none of them: some imports open windows and browsers.
"""

import ast
import inspect
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

MIN_CHARACTERS = 60
"""Shorter docstrings, such as "Return the name.", make poor search results."""

_EXCLUDED_PACKAGES = {
    "__phello__",
    "distutils",
    "encodings",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "site-packages",
    "test",
    "tkinter",
    "turtledemo",
    "unittest",
}
_EXCLUDED_MODULES = {"antigravity", "this", "turtle"}


def documents() -> list[dict[str, Any]]:
    """Return a document for each public module, class, function and method with a docstring."""
    library = Path(sysconfig.get_path("stdlib"))
    found: dict[str, dict[str, Any]] = {}
    for path in _source_files(library):
        for document in _module_documents(path, _module_name(library, path)):
            found.setdefault(document["id"], document)
    return list(found.values())


def _source_files(library: Path) -> Iterator[Path]:
    for path in sorted(library.rglob("*.py")):
        parts = path.relative_to(library).parts
        private = any(part.startswith("_") and part != "__init__.py" for part in parts)
        if not (private or parts[0] in _EXCLUDED_PACKAGES or path.stem in _EXCLUDED_MODULES):
            yield path


def _module_name(library: Path, path: Path) -> str:
    parts = path.relative_to(library).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _module_documents(path: Path, module: str) -> Iterator[dict[str, Any]]:
    with warnings.catch_warnings(action="ignore"):
        tree = ast.parse(path.read_bytes())
    for node, name in _public_definitions(tree, module):
        text = ast.get_docstring(node)
        if text and len(text) >= MIN_CHARACTERS:
            yield {
                "id": name,
                "collection": "python",
                "title": name,
                "content": inspect.cleandoc(text),
                "metadata": {
                    "module": module,
                    "kind": _kind(node, name, module),
                    "name": name.rsplit(".", 1)[-1],
                },
            }


def _public_definitions(node: Documented, name: str) -> Iterator[tuple[Documented, str]]:
    yield node, name
    if isinstance(node, ast.Module | ast.ClassDef):
        for child in node.body:
            if isinstance(child, _DEFINITIONS) and not child.name.startswith("_"):
                yield from _public_definitions(child, f"{name}.{child.name}")


def _kind(node: Documented, name: str, module: str) -> str:
    if isinstance(node, ast.Module):
        return "module"
    if isinstance(node, ast.ClassDef):
        return "class"
    return "function" if name.count(".") == module.count(".") + 1 else "method"
