"""What the wheels of `inkdex-server` and `inkdex` hold, and what they ask for."""

import tomllib
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from local.setup import models
from tests.deploy.conftest import CHECKOUT, Wheels

PACKAGES = {
    "inkdex-server": (CHECKOUT, {"api", "local", "migrations", "shared", "worker"}),
    "inkdex": (CHECKOUT / "client", {"inkdex"}),
}


def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def requirements(wheel: Path) -> list[Requirement]:
    return [Requirement(each) for each in metadata(wheel).get_all("Requires-Dist", [])]


def files(folder: Path) -> set[str]:
    """Return the files below a folder of packages, without what Python and tools leave there."""
    found = (path for path in folder.rglob("*") if path.is_file())
    paths = {path.relative_to(folder.parent) for path in found if "__pycache__" not in path.parts}
    return {path.as_posix() for path in paths}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_wheel_has_every_file_of_its_packages_and_nothing_else(name: str, wheels: Wheels) -> None:
    root, packages = PACKAGES[name]
    expected = set[str]().union(*(files(root / package) for package in packages))
    with ZipFile(wheels[name]) as archive:
        found = {each for each in archive.namelist() if ".dist-info/" not in each}
    assert found == expected


def test_the_data_files_are_among_them(wheels: Wheels) -> None:
    with ZipFile(wheels["inkdex-server"]) as archive:
        endings = {Path(each).suffix for each in archive.namelist()}
    assert {".html", ".js", ".css", ".svg", ".mako"} < endings


@pytest.mark.parametrize("name", PACKAGES)
def test_no_path_of_this_machine_is_in_a_wheel(name: str, wheels: Wheels) -> None:
    with ZipFile(wheels[name]) as archive:
        for each in archive.namelist():
            assert str(CHECKOUT).encode() not in archive.read(each), each


def test_all_have_one_version(wheels: Wheels, compose_text: str) -> None:
    versions = {str(metadata(wheel)["Version"]) for wheel in wheels.values()}
    assert len(versions) == 1
    assert f"image: inkdex:{versions.pop()}\n" in compose_text


def test_the_client_asks_for_the_server_of_its_version(wheels: Wheels) -> None:
    (server,) = [each for each in requirements(wheels["inkdex"]) if each.name == "inkdex-server"]
    assert server.extras == {"local"}
    assert str(server.marker) == 'extra == "server"'
    assert server.specifier.contains(str(metadata(wheels["inkdex-server"])["Version"]))


def test_weights_that_bring_pytorch_are_installed_at_the_first_start(wheels: Wheels) -> None:
    groups = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["dependency-groups"]
    later = [*models.EMBEDDING.requirements, *models.CHAT.requirements]
    assert sorted(later) == sorted([*groups["weights"], *groups["chat"]])
    names = {each.name for each in requirements(wheels["inkdex-server"])}
    assert names.isdisjoint(Requirement(each).name for each in later)
