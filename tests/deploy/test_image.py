import re

from tests.deploy.conftest import CHECKOUT


def instructions(keyword: str) -> list[str]:
    text = (CHECKOUT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{keyword} +(.*)$", text, re.MULTILINE)


def copied() -> set[str]:
    return {it.split()[0] for it in instructions("COPY") if not it.startswith("--from=")}


def test_the_image_holds_our_code_and_what_it_needs() -> None:
    ours = {"api", "worker", "shared", "migrations", "alembic.ini"}
    assert copied() == ours | {"requirements/runtime.lock"}
    assert all((CHECKOUT / path).exists() for path in copied())


def test_nothing_else_reaches_the_engine() -> None:
    lines = (CHECKOUT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied()


def test_the_packages_are_those_that_are_locked() -> None:
    (install,) = (it for it in instructions("RUN") if " pip " in it)
    assert "--require-hashes" in install
    assert "--no-deps" in install
    assert "index" not in install


def test_it_runs_as_an_ordinary_user_that_the_platform_can_tell() -> None:
    assert instructions("USER") == ["10001:10001"]
