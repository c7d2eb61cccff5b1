import http.server
import threading

import pytest

from local.errors import StackError
from local.servers import probes
from local.stack import model_choice
from local.stack.model_choice import OLLAMA, Facts, choose

MINILM, NOMIC, BGE, WORDLLAMA = "all-minilm", "nomic-embed-text", "bge-m3", "wordllama"
BOX = "http://box:11434"


@pytest.mark.parametrize(
    ("facts", "model", "host"),
    [
        # nothing set, nothing embedded
        (Facts(), MINILM, None),
        (Facts(served=frozenset()), MINILM, None),
        (Facts(served=frozenset({NOMIC})), NOMIC, OLLAMA),
        (Facts(served=frozenset({"nomic-embed-text:latest", MINILM})), NOMIC, OLLAMA),
        (Facts(served=frozenset({MINILM})), MINILM, OLLAMA),
        (Facts(served=frozenset({BGE})), MINILM, None),
        # a setting
        (Facts(embedding_model=MINILM, served=frozenset({NOMIC})), MINILM, None),
        (Facts(embedding_model=f"{MINILM}:latest"), f"{MINILM}:latest", None),
        (Facts(embedding_model=BGE, served=frozenset({BGE})), BGE, OLLAMA),
        (Facts(embedding_model=WORDLLAMA, served=frozenset({NOMIC})), WORDLLAMA, None),
        (Facts(embedding_model="wordllama:256"), "wordllama:256", None),
        (Facts(embedding_model=WORDLLAMA, served=frozenset({WORDLLAMA})), WORDLLAMA, OLLAMA),
        (Facts(embedded=WORDLLAMA, served=frozenset({NOMIC})), WORDLLAMA, None),
        # embedded documents: a default never changes their model
        (Facts(embedded=MINILM, served=frozenset({NOMIC})), MINILM, None),
        (Facts(embedded=NOMIC, served=frozenset({NOMIC})), NOMIC, OLLAMA),
        (Facts(embedded=MINILM, embedding_model=f"{MINILM}:latest"), MINILM, None),
        # collections with several models: the server has all of them
        (Facts(embedded=MINILM, in_use=frozenset({WORDLLAMA})), MINILM, None),
        (Facts(in_use=frozenset({WORDLLAMA}), served=frozenset({NOMIC})), MINILM, None),
        (
            Facts(
                embedded=MINILM,
                in_use=frozenset({MINILM, WORDLLAMA}),
                served=frozenset({MINILM, NOMIC}),
            ),
            *(MINILM, None),
        ),
        (
            Facts(embedded=NOMIC, in_use=frozenset({BGE}), served=frozenset({NOMIC, BGE})),
            *(NOMIC, OLLAMA),
        ),
        (
            Facts(
                embedding_model=WORDLLAMA, embedded=MINILM, in_use=frozenset({WORDLLAMA, MINILM})
            ),
            *(WORDLLAMA, None),
        ),
        # an Ollama named in the settings
        (Facts(ollama_host="box", served=frozenset({NOMIC})), NOMIC, BOX),
        (Facts(ollama_host="box", served=frozenset({MINILM})), MINILM, BOX),
        (Facts(ollama_host="box", embedded=BGE, served=frozenset({BGE})), BGE, BOX),
    ],
)
def test_a_choice_without_a_warning(facts: Facts, model: str, host: str | None) -> None:
    choice = choose(facts)
    assert (choice.model, choice.ollama_host, list(choice.warnings)) == (model, host, [])


@pytest.mark.parametrize(
    ("facts", "model", "host", "warnings"),
    [
        (Facts(ollama_host="box"), MINILM, BOX, [f"No Ollama answers at {BOX}"]),
        (Facts(ollama_host="box", served=frozenset()), MINILM, BOX, ["ollama pull all-minilm"]),
        (Facts(embedded=NOMIC), NOMIC, OLLAMA, ["ollama pull nomic-embed-text"]),
        (Facts(embedding_model=BGE, served=frozenset()), BGE, OLLAMA, ["ollama pull bge-m3"]),
        (
            Facts(embedding_model=WORDLLAMA, missing={WORDLLAMA: "No wheel."}),
            *(WORDLLAMA, None, ["doesn't have wordllama. No wheel."]),
        ),
        # a setting is for new collections
        (
            Facts(embedding_model=WORDLLAMA, embedded=MINILM),
            *(WORDLLAMA, None, ["Those with documents keep all-minilm."]),
        ),
        (
            Facts(embedding_model=BGE, embedded=NOMIC, served=frozenset({BGE, NOMIC})),
            *(BGE, OLLAMA, ["Those with documents keep nomic-embed-text."]),
        ),
        (
            Facts(embedding_model=BGE, embedded=NOMIC, served=frozenset({BGE})),
            *(BGE, OLLAMA, ["keep nomic-embed-text", "run: ollama pull nomic-embed-text\n"]),
        ),
        (
            Facts(embedded=NOMIC, in_use=frozenset({BGE, NOMIC})),
            *(NOMIC, OLLAMA, ["run: ollama pull bge-m3 && ollama pull nomic-embed-text\n"]),
        ),
        # documents stay searchable, even if the setting has no effect then
        (
            Facts(embedding_model=BGE, embedded=MINILM, served=frozenset({BGE})),
            *(MINILM, None, ["too, have all of them in Ollama: ollama pull all-minilm && "]),
        ),
    ],
)
def test_a_choice_with_a_warning(
    facts: Facts, model: str, host: str | None, warnings: list[str]
) -> None:
    choice = choose(facts)
    assert (choice.model, choice.ollama_host) == (model, host)
    assert len(choice.warnings) == len(warnings)
    for part, warning in zip(warnings, choice.warnings, strict=True):
        assert part in warning


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("box", "http://box:11434"),
        ("box:8080", "http://box:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - a value that Ollama accepts
        (":8080", "http://127.0.0.1:8080"),
        ("http://box", "http://box:80"),
        ("https://box/ollama/", "https://box:443/ollama"),
        ("[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_host_may_be_written_as_ollama_allows(setting: str, url: str) -> None:
    assert model_choice.base_url(setting) == url


@pytest.mark.parametrize("setting", ["http://[bad", "box:port"])
def test_an_invalid_host_is_refused(setting: str) -> None:
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
def test_other_servers_are_not_taken_for_ollama(body: bytes, served: set[str] | None) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert probes.served_models(f"http://127.0.0.1:{server.server_port}") == served


def test_no_server_at_the_address() -> None:
    assert probes.served_models("http://127.0.0.1:9") is None
