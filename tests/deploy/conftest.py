"""The files of the deployment, read as they are; no container engine is needed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from pydantic import AliasChoices

from shared.config import Settings

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def compose_text() -> str:
    return (CHECKOUT / "compose.yaml").read_text()


@pytest.fixture
def services(compose_text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(compose_text)["services"]
    return found


@pytest.fixture
def ours(services: dict[str, Any]) -> dict[str, Any]:
    """The services of our own image."""
    return {name: it for name, it in services.items() if it["image"].startswith("inkdex:")}


@pytest.fixture
def required(compose_text: str) -> set[str]:
    """What compose.yaml refuses to start without."""
    return set(re.findall(r"\$\{(\w+):\?", compose_text))


@pytest.fixture
def settings_names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variable of each field of Settings, none of which is set meanwhile."""
    names = {}
    for field, info in Settings.model_fields.items():
        alias = info.validation_alias
        own = f"INKDEX_{field.upper()}"
        names[field] = str(alias.choices[0]) if isinstance(alias, AliasChoices) else own
        monkeypatch.delenv(names[field], raising=False)
    return names
