"""The demo's documents: what Python's standard library says of itself, on every machine alike.

The sources are parsed, never imported: importing all of them would open windows and browsers.
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
"""Shorter docstrings ("Return the name.") say too little to be searched for."""

_PACKAGES_LEFT_OUT = {
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
_MODULES_LEFT_OUT = {"antigravity", "this", "turtle"}


def documents() -> list[dict[str, Any]]:
    """Return a document for each public module, class, function and method with a docstring."""
    library = Path(sysconfig.get_path("stdlib"))
    found: dict[str, dict[str, Any]] = {}
    for path in _sources(library):
        for document in _documents_of(path, _module_name(library, path)):
            found.setdefault(document["id"], document)
    return list(found.values())


def _sources(library: Path) -> Iterator[Path]:
    for path in sorted(library.rglob("*.py")):
        package, *below = path.relative_to(library).parts
        private = any(part.startswith("_") and part != "__init__.py" for part in (package, *below))
        if not (private or package in _PACKAGES_LEFT_OUT or path.stem in _MODULES_LEFT_OUT):
            yield path


def _module_name(library: Path, path: Path) -> str:
    parts = path.relative_to(library).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _documents_of(path: Path, module: str) -> Iterator[dict[str, Any]]:
    with warnings.catch_warnings(action="ignore"):
        tree = ast.parse(path.read_bytes())
    for node, name in _public(tree, module):
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


def _public(node: Documented, name: str) -> Iterator[tuple[Documented, str]]:
    yield node, name
    if isinstance(node, ast.Module | ast.ClassDef):
        for child in node.body:
            if isinstance(child, _DEFINITIONS) and not child.name.startswith("_"):
                yield from _public(child, f"{name}.{child.name}")


def _kind(node: Documented, name: str, module: str) -> str:
    if isinstance(node, ast.Module):
        return "module"
    if isinstance(node, ast.ClassDef):
        return "class"
    return "function" if name.count(".") == module.count(".") + 1 else "method"
