import importlib.util
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.config import Settings

Services = dict[str, Any]

SECRET = re.compile(r"PASSWORD|AUTH|SECRET|TOKEN|KEY")
LOCAL_ONLY = {
    *("API_PORT", "FLOWER_PORT", "INKDEX_DATA_DIR", "INKDEX_API_HOST", "INKDEX_API_URL"),
    *("INKDEX_MODEL_THREADS", "DATABASE_DIRECT_URL", "INKDEX_API_KEY"),
}

ALWAYS = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "FLOWER_BASIC_AUTH"}
"""The secrets that compose always requires. Only Grafana requires its own."""
MONITORING = {"prometheus", "grafana"}
"""The services of the profile `observability`."""


def is_one_shot(service: dict[str, Any]) -> bool:
    return bool(service["restart"] == "no")


def needed_by(name: str, services: Services) -> Iterator[str]:
    for needed in services[name].get("depends_on", {}):
        yield needed
        yield from needed_by(needed, services)


def test_every_service_has_a_health_check_or_ends(services: Services) -> None:
    for name, service in services.items():
        assert is_one_shot(service) != ("healthcheck" in service), name


def test_a_dependency_waits_for_health_or_for_the_end(services: Services) -> None:
    for service in services.values():
        for needed, how in service.get("depends_on", {}).items():
            ends = how["condition"] == "service_completed_successfully"
            assert ends == is_one_shot(services[needed]), needed


def test_the_api_starts_without_redis_and_without_a_model_server(services: Services) -> None:
    assert set(needed_by("api", services)) == {"migrations", "postgres"}


def test_the_worker_waits_for_no_model(services: Services) -> None:
    assert not {name for name in needed_by("worker", services) if name.startswith("ollama")}


def test_ports_are_published_on_this_machine_only(services: Services) -> None:
    published = {name: it["ports"] for name, it in services.items() if "ports" in it}
    assert set(published) == {"api", "flower", *MONITORING}
    for ports in published.values():
        for port in ports:
            assert str(port).startswith("127.0.0.1:"), port


def test_no_secret_has_a_default(compose_text: str, required: set[str]) -> None:
    secrets = {name for name in re.findall(r"\$\{(\w+)", compose_text) if SECRET.search(name)}
    assert secrets == required == ALWAYS | {"GRAFANA_PASSWORD"}
    with_default = set(re.findall(r"\$\{(\w+):?-", compose_text))
    assert with_default == {"API_PORT", "FLOWER_PORT", "EMBEDDING_MODEL"}


@pytest.mark.usefixtures("settings_names")
def test_defaults_are_those_of_the_settings(compose_text: str) -> None:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    found = re.findall(r"\$\{(\w+):-([^}]*)\}", compose_text)
    for name, default in found:
        assert default == str(getattr(settings, name.lower())), name
    assert found


def test_images_are_pinned_to_a_version(services: Services) -> None:
    for service in services.values():
        assert re.search(r":v?\d+\.\d+\.\d+", service["image"]), service["image"]


def test_one_service_builds_the_image_and_the_others_wait_for_it(
    services: Services, ours: Services
) -> None:
    assert [name for name, service in services.items() if "build" in service] == ["migrations"]
    assert all("migrations" in ours[name]["depends_on"] for name in ours.keys() - {"migrations"})


def test_services_have_no_unnecessary_privileges(services: Services, ours: Services) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert "privileged" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "max-size" in service["logging"]["options"], name
        assert service["mem_limit"], name
        assert is_one_shot(service) or service["restart"] == "unless-stopped", name
    for name, service in ours.items():
        assert service["read_only"], name
        assert "user" not in service, name  # the image's


def test_our_services_run_modules_that_exist(ours: Services) -> None:
    assert set(ours) == {"migrations", "api", "worker", "flower"}
    for service in ours.values():
        python, dash_m, module, *_ = service["command"]
        assert (python, dash_m) == ("python", "-m")
        assert importlib.util.find_spec(f"{module}.__main__"), module


def test_the_api_and_the_worker_get_every_setting(
    services: Services, settings_names: dict[str, str]
) -> None:
    every = set(settings_names.values()) - LOCAL_ONLY
    assert set(services["worker"]["environment"]) == every
    assert set(services["api"]["environment"]) == every | {"INKDEX_API_HOST", "FLOWER_PORT"}


def test_a_service_gets_no_secret_that_it_does_not_need(services: Services) -> None:
    assert set(services["migrations"]["environment"]) == {"DATABASE_URL"}
    names = {"INKDEX_ALLOWED_HOSTS", "INKDEX_FLOWER_URL"}
    secrets = {"REDIS_URL", "FLOWER_BASIC_AUTH"}
    assert set(services["flower"]["environment"]) == secrets | names
    assert not any("env_file" in service for service in services.values())


def test_postgres_keeps_its_data_where_version_18_puts_it(services: Services) -> None:
    assert services["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


def test_postgres_can_build_an_index_in_shared_memory(services: Services) -> None:
    (memory,) = re.findall(r"maintenance_work_mem=(\d+)MB", str(services["postgres"]["command"]))
    (shared,) = re.findall(r"^(\d+)gb$", services["postgres"]["shm_size"])
    assert int(shared) * 1024 > int(memory)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder with an ollama that has no model and logs what it pulls."""
    ollama = f'#!/bin/sh\ntest "$1" = pull && echo "$2" >> {tmp_path}/pulled'
    for name, script in {"ollama": ollama, "sleep": "#!/bin/sh"}.items():
        (tmp_path / name).write_text(f"{script}\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    ("environment", "pulled"),
    [
        ({}, ["embedder"]),
        ({"CHAT_MODEL": "llama3.2"}, ["embedder", "llama3.2"]),
        ({"CHAT_MODEL": "none"}, ["embedder"]),
        ({"CHAT_MODEL": "llama3.2", "OLLAMA_CHAT_HOST": "http://box:11434"}, ["embedder"]),
    ],
)
def test_the_chat_model_is_pulled_if_it_is_set_and_has_no_host_of_its_own(
    services: Services, programs: Path, environment: dict[str, str], pulled: list[str]
) -> None:
    service = services["ollama-model"]
    assert set(service["environment"]) >= {"CHAT_MODEL", "OLLAMA_CHAT_HOST"}
    (script,) = service["command"]
    subprocess.run(
        [*service["entrypoint"], script.replace("$$", "$")],
        env={"PATH": str(programs), "EMBEDDING_MODEL": "embedder", **environment},
        check=True,
        timeout=30,
    )
    assert (programs / "pulled").read_text().split() == pulled
