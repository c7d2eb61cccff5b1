import os
import signal
import socket
from pathlib import Path

import httpx
import psycopg
import pytest

from local import ports
from local.model_server import names
from local.processes import orphans
from local.servers import postgres, valkey
from tests.local.conftest import Run, Runs, eventually

READY = "Inkdex is ready."


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(start: Runs, ending: signal.Signals) -> None:
    former = signal.signal(ending, signal.SIG_DFL)  # under nohup, the child would ignore it
    run = start()
    signal.signal(ending, former)
    run.wait_for_output(READY)
    services = run.services()
    assert set(services) == {"postgres", "valkey", "model-server", "api", "worker", "flower"}

    run.process.send_signal(ending)

    assert run.wait_for_exit() == 0
    assert not any(orphans.is_alive(process) for process in services.values())
    assert not list(run.data_directory.services.iterdir())


def test_a_signal_during_the_start_ends_everything(start: Runs) -> None:
    run = start()
    run.wait_for_output("valkey  ")
    run.process.send_signal(signal.SIGINT)
    assert run.wait_for_exit() == 0
    assert run.services() == {}


def test_the_addresses_are_printed_and_passwords_stay_private(up: Runs) -> None:
    run = up.started[0]
    assert f"http://127.0.0.1:{run.api_port}/docs" in run.output
    assert "all-minilm, by local server at http://127.0.0.1:" in run.output
    secret = run.data_directory.path / "flower-password"
    assert f"user inkdex, password {secret.read_text().strip()}" in run.output
    assert secret.stat().st_mode & 0o077 == 0
    assert run.data_directory.path.stat().st_mode & 0o066 == 0
    for process in run.services().values():
        assert secret.read_text().strip() not in " ".join(process.cmdline())


@pytest.mark.skipif(names.why_chat_is_missing() is not None, reason="the chat model is missing")
@pytest.mark.parametrize("ollama", [None, "http://127.0.0.1:9"])
def test_the_chat_model_is_by_the_local_server(start: Runs, ollama: str | None) -> None:
    run = start(CHAT="1", **({"OLLAMA_HOST": ollama} if ollama else {}))
    run.wait_for_output("smollm2:135m, by the local server: small, and often wrong")
    api = run.services()["api"].environ()
    port = ports.stored(run.data_directory.path / "ports.json")["model-server"]
    server = f"http://127.0.0.1:{port}"
    assert (api["CHAT_MODEL"], api["OLLAMA_CHAT_HOST"]) == ("smollm2:135m", server)
    assert api["OLLAMA_HOST"] == (ollama or server)


def test_without_chat_the_settings_of_the_chat_stay(start: Runs) -> None:
    run = start(CHAT="0", CHAT_MODEL="qwen2.5")
    run.wait_for_output(READY)
    api = run.services()["api"].environ()
    assert api["CHAT_MODEL"] == "qwen2.5"
    assert "OLLAMA_CHAT_HOST" not in api
    assert "  Chat " not in run.output


def test_data_and_internal_ports_survive_a_restart(start: Runs) -> None:
    first = start()
    first.wait_for_output(READY)
    ports_before = (first.data_directory.path / "ports.json").read_text()
    with psycopg.connect(_database(first)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    first.process.send_signal(signal.SIGTERM)
    assert first.wait_for_exit() == 0

    second = start()
    second.wait_for_output(READY)
    assert (second.data_directory.path / "ports.json").read_text() == ports_before
    with psycopg.connect(_database(second)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_the_next_run_stops_the_processes_of_a_killed_run(start: Runs) -> None:
    first = start()
    first.wait_for_output(READY)
    before = first.services()
    first.process.kill()
    first.process.wait()
    assert all(orphans.is_alive(process) for process in before.values())

    second = start(API_PORT=str(first.api_port))

    second.wait_for_output(READY)
    assert "Stopped processes of an earlier run" in second.output
    assert not any(orphans.is_alive(process) for process in before.values())
    assert httpx.get(f"http://127.0.0.1:{first.api_port}/livez").status_code == 200


def test_a_second_run_on_the_same_data_is_refused(up: Runs) -> None:
    first = up.started[0]

    second = up()

    assert second.wait_for_exit() == 1
    assert f"(pid {first.process.pid})" in second.output
    assert f"http://127.0.0.1:{first.api_port}/" in second.output
    assert first.process.poll() is None


@pytest.mark.parametrize("setting", ["API_PORT", "FLOWER_PORT"])
def test_a_port_in_use_is_reported_before_anything_starts(start: Runs, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = start(**{setting: str(port)})
        assert run.wait_for_exit() == 1
    assert f"Port {port} ({setting}) is in use by" in run.output
    assert f"(pid {os.getpid()})" in run.output
    assert f"make up {setting}=" in run.output
    assert not (run.data_directory.path / "postgres").exists()


def test_a_service_that_exits_is_restarted(up: Runs) -> None:
    run = up.started[0]
    before = run.services()["api"]

    before.kill()

    run.wait_for_output("api was killed by SIGKILL. Restarting it in 0.5 s.")
    eventually(lambda: run.services().get("api") not in (None, before))


def test_servers_named_in_the_settings_replace_ours(start: Runs, tmp_path: Path) -> None:
    with (
        postgres.running(tmp_path / "own-pg", settings={"fsync": "off"}) as database_url,
        valkey.running(tmp_path / "own-valkey") as redis_url,
    ):
        run = start(DATABASE_URL=database_url, REDIS_URL=redis_url, OLLAMA_HOST="127.0.0.1:9")
        run.wait_for_output(READY)
        assert set(run.services()) == {"api", "worker", "flower"}
        environment = run.services()["worker"].environ()
        run.process.terminate()
        assert run.wait_for_exit() == 0
    assert environment["DATABASE_URL"] == database_url
    assert environment["REDIS_URL"] == redis_url
    assert environment["OLLAMA_HOST"] == "http://127.0.0.1:9"
    assert "Warning: No Ollama answers at http://127.0.0.1:9" in run.output


def test_an_absent_redis_is_a_warning(start: Runs) -> None:
    run = start(REDIS_URL="redis://127.0.0.1:9/0")
    run.wait_for_output(READY)
    assert "Warning: The server of REDIS_URL doesn't answer" in run.output


def test_an_absent_database_is_an_error(start: Runs) -> None:
    run = start(DATABASE_URL="postgresql://me:secret@127.0.0.1:9/inkdex")
    assert run.wait_for_exit() == 1
    assert "The database of DATABASE_URL can't be reached" in run.output
    assert "secret" not in run.output


@pytest.mark.parametrize(("model", "status"), [("all-minilm", 0), ("another", 1)])
def test_the_exit_status_is_that_of_the_demo(start: Runs, model: str, status: int) -> None:
    run = start("demo", DEMO_EXIT="1", EMBEDDING_MODEL=model)
    assert run.wait_for_exit() == status, run.output
    assert run.services() == {}


def test_without_demo_exit_the_stack_stays_up(start: Runs) -> None:
    run = start("demo")
    run.wait_for_output(READY)
    run.process.send_signal(signal.SIGINT)
    assert run.wait_for_exit() == 0


def test_an_invalid_setting_is_named(start: Runs) -> None:
    run = start(API_PORT="99999")
    assert run.wait_for_exit() == 1
    assert "Error: API_PORT must be from 1 to 65535." in run.output
    assert "Traceback" not in run.output


def _database(run: Run) -> str:
    return run.services()["api"].environ()["DATABASE_URL"]
