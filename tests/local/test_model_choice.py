import http.server
import threading

import pytest

from local import model_choice, probes
from local.errors import StackError
from local.model_choice import OLLAMA, Situation, choose

MINILM, NOMIC, BGE = "all-minilm", "nomic-embed-text", "bge-m3"
BOX = "http://box:11434"


@pytest.mark.parametrize(
    ("situation", "model", "host"),
    [
        # nothing set, nothing embedded
        (Situation(), MINILM, None),
        (Situation(served=frozenset()), MINILM, None),
        (Situation(served=frozenset({NOMIC})), NOMIC, OLLAMA),
        (Situation(served=frozenset({"nomic-embed-text:latest", MINILM})), NOMIC, OLLAMA),
        (Situation(served=frozenset({MINILM})), MINILM, OLLAMA),
        (Situation(served=frozenset({BGE})), MINILM, None),
        # a setting
        (Situation(embedding_model=MINILM, served=frozenset({NOMIC})), MINILM, None),
        (Situation(embedding_model=f"{MINILM}:latest"), f"{MINILM}:latest", None),
        (Situation(embedding_model=BGE, served=frozenset({BGE})), BGE, OLLAMA),
        # embedded data: no guess changes its model
        (Situation(embedded=MINILM, served=frozenset({NOMIC})), MINILM, None),
        (Situation(embedded=NOMIC, served=frozenset({NOMIC})), NOMIC, OLLAMA),
        (Situation(embedded=MINILM, embedding_model=f"{MINILM}:latest"), MINILM, None),
        # an Ollama of one's own
        (Situation(ollama_host="box", served=frozenset({NOMIC})), NOMIC, BOX),
        (Situation(ollama_host="box", served=frozenset({MINILM})), MINILM, BOX),
        (Situation(ollama_host="box", embedded=BGE, served=frozenset({BGE})), BGE, BOX),
    ],
)
def test_a_choice_without_a_warning(situation: Situation, model: str, host: str | None) -> None:
    choice = choose(situation)
    assert (choice.model, choice.ollama_host, list(choice.warnings)) == (model, host, [])


@pytest.mark.parametrize(
    ("situation", "model", "host", "warnings"),
    [
        (Situation(ollama_host="box"), MINILM, BOX, [f"No Ollama answers at {BOX}"]),
        (Situation(ollama_host="box", served=frozenset()), MINILM, BOX, ["ollama pull all-minilm"]),
        (Situation(embedded=NOMIC), NOMIC, OLLAMA, ["ollama pull nomic-embed-text"]),
        (Situation(embedding_model=BGE, served=frozenset()), BGE, OLLAMA, ["ollama pull bge-m3"]),
        (Situation(embedding_model=BGE, embedded=MINILM), MINILM, None, ["They keep all-minilm"]),
        (
            Situation(embedding_model=BGE, embedded=NOMIC, served=frozenset({BGE})),
            *(NOMIC, OLLAMA, ["They keep nomic-embed-text", "ollama pull nomic-embed-text"]),
        ),
    ],
)
def test_a_choice_with_a_warning(
    situation: Situation, model: str, host: str | None, warnings: list[str]
) -> None:
    choice = choose(situation)
    assert (choice.model, choice.ollama_host) == (model, host)
    assert len(choice.warnings) == len(warnings)
    for part, warning in zip(warnings, choice.warnings, strict=True):
        assert part in warning


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("box", "http://box:11434"),
        ("box:8080", "http://box:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - how Ollama is told to listen
        (":8080", "http://127.0.0.1:8080"),
        ("http://box", "http://box:80"),
        ("https://box/ollama/", "https://box:443/ollama"),
        ("[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_host_may_be_written_as_ollama_allows(setting: str, url: str) -> None:
    assert model_choice.base_url(setting) == url


@pytest.mark.parametrize("setting", ["http://[bad", "box:port"])
def test_a_host_that_is_none_is_refused(setting: str) -> None:
    with pytest.raises(StackError, match="OLLAMA_HOST"):
        model_choice.base_url(setting)


@pytest.mark.parametrize(
    ("body", "served"),
    [
        (b'{"models": [{"name": "all-minilm:latest"}]}', {"all-minilm:latest"}),
        (b'{"models": []}', set()),
        (b"<html>", None),
        (b'{"models": null}', None),
        (b"[]", None),
    ],
)
def test_an_ollama_is_told_from_anything_else(body: bytes, served: set[str] | None) -> None:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert probes.served_models(f"http://127.0.0.1:{server.server_port}") == served


def test_no_ollama_at_all() -> None:
    assert probes.served_models("http://127.0.0.1:9") is None
