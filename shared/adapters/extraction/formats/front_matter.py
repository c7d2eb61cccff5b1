"""The front matter of Markdown: YAML between lines of ---, or TOML between lines of +++."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from shared.adapters.extraction.cleaning import (
    clean_language,
    clean_metadata,
    clean_title,
    one_line,
)
from shared.adapters.extraction.cutting import Head

FRONT_MATTER_CHARACTERS = 64 * 1024
ALIASES_MAX = 16
TAGS_MAX = 100
TAG_CHARACTERS = 100
_FENCED = re.compile(
    r"\A\ufeff?(?P<fence>---|\+\+\+)[ \t]*\n(?P<inside>.*?)^(?:(?P=fence)|\.\.\.)[ \t]*(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
_FAILURES = (yaml.YAMLError, ValueError, TypeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a text says of itself, its tags, and the text behind."""

    head: Head
    tags: list[str]
    body: str


class _Loader(yaml.SafeLoader):
    """YAML in which `no`, `on` and 12:30 are texts. Aliases are limited, as they multiply."""

    aliases = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            self.aliases += 1
            if self.aliases > ALIASES_MAX:
                raise yaml.YAMLError
        return super().compose_node(parent, index)

    def construct_time(self, node: yaml.ScalarNode) -> object:
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return node.value


_Loader.yaml_implicit_resolvers = {}


def _resolve(tag: str, pattern: str, first: str) -> None:
    full = f"tag:yaml.org,2002:{tag}"
    _Loader.add_implicit_resolver(full, re.compile(f"(?:{pattern})$"), list(first))


_resolve("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_resolve("int", "[-+]?(?:0|[1-9][0-9]{0,18})", "-+0123456789")
_resolve("float", r"[-+]?[0-9]{1,30}\.[0-9]{0,30}(?:[eE][-+]?[0-9]{1,3})?", "-+0123456789")
_resolve("null", "~|null|Null|NULL|", "~nN\0")
_resolve("merge", "<<", "<")
_resolve(
    "timestamp",
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9:]+))?)?",
    "0123456789",
)
_Loader.yaml_implicit_resolvers[""] = _Loader.yaml_implicit_resolvers.get("\0", [])
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_time)


def front_matter(text: str) -> FrontMatter:
    """Split a text. One without front matter, or with a broken one, is all body."""
    match = _FENCED.match(text[: FRONT_MATTER_CHARACTERS + 1])
    values = _parsed(match["fence"], match["inside"]) if match else None
    if match is None or values is None:
        return FrontMatter(Head(None), [], text)
    tags = _tags(values)
    language = clean_language(_lowered(values).get("lang") or _lowered(values).get("language"))
    rest: dict[object, object] = {
        key: value for key, value in values.items() if str(key).lower() not in {"title", "tags"}
    }
    metadata = clean_metadata(({"tags": tags} if tags else {}) | rest)
    if language:
        metadata["lang"] = language
    title = _lowered(values).get("title")
    head = Head(clean_title(str(title) if title is not None else None), metadata, language)
    return FrontMatter(head, tags, text[match.end() :])


def _parsed(fence: str, inside: str) -> Mapping[object, object] | None:
    try:
        values: Any = (
            tomllib.loads(inside) if fence == "+++" else yaml.load(inside, _Loader)  # noqa: S506 it is a safe loader
        )
    except _FAILURES:
        return None
    if values is None:
        return {}
    return values if isinstance(values, Mapping) else None


def _lowered(values: Mapping[object, object]) -> dict[str, object]:
    return {str(key).lower(): value for key, value in values.items()}


def _tags(values: Mapping[object, object]) -> list[str]:
    given = _lowered(values).get("tags")
    each = given if isinstance(given, list) else str(given or "").split(",")
    texts = (one_line(str(tag), TAG_CHARACTERS).lstrip("#").strip() for tag in each[:TAGS_MAX])
    return list(dict.fromkeys(filter(None, texts)))
