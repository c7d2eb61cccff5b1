import re
from importlib.metadata import distributions

from tests.deploy.conftest import CHECKOUT


def instructions(keyword: str) -> list[str]:
    text = (CHECKOUT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{keyword} +(.*)$", text, re.MULTILINE)


def copied() -> set[str]:
    return {it.split()[0] for it in instructions("COPY") if not it.startswith("--from=")}


def test_the_image_contains_our_code_and_its_packages() -> None:
    ours = {"api", "worker", "shared", "migrations", "alembic.ini"}
    assert copied() == ours | {"requirements/runtime.lock", "LICENSE", "deploy/NOTICE"}
    assert all((CHECKOUT / path).exists() for path in copied())


def test_the_build_context_contains_nothing_else() -> None:
    lines = (CHECKOUT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied()


def test_the_packages_come_from_the_lock_file() -> None:
    (install,) = (it for it in instructions("RUN") if " pip " in it)
    assert "--require-hashes" in install
    assert "--no-deps" in install
    assert "index" not in install


def test_no_bytecode_is_compared_with_its_source() -> None:
    compiled = [it for it in instructions("RUN") if "compileall" in it]
    assert len(compiled) == 2
    assert all("--invalidation-mode unchecked-hash" in it for it in compiled)
    assert "--no-compile" in compiled[0]


def test_the_notice_names_the_packages_under_the_lgpl() -> None:
    notice = (CHECKOUT / "deploy/NOTICE").read_text()
    lesser = {
        each.name
        for each in distributions()
        if "LGPL" in "".join(each.metadata.get_all("License-Expression") or [])
    }
    locked = (CHECKOUT / "requirements/runtime.lock").read_text()
    for name in {each for each in lesser if f"{each}==" in locked} | {"psycopg"}:
        assert name in notice, name


def test_it_runs_as_a_numeric_ordinary_user() -> None:
    assert instructions("USER") == ["10001:10001"]
