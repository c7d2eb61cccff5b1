"""The chat model's server fails in every way that a real one does."""

import httpx
import pytest

from tests.support.answer_stream import ask, last, stream, text
from tests.support.chat_server import ChatServer, Record, ending, piece, said

QUOTED = "Iron gall ink dries in three minutes on cotton paper."


def assert_quotations(answer: dict[str, object]) -> None:
    """Assert that the answer is sentences of the documents, and says why."""
    assert answer["finish_reason"] == "quotations"
    assert isinstance(answer["degraded"], dict)
    assert answer["degraded"]["reason"] == "chat_unavailable"
    assert answer["degraded"]["served"] == "quotations"
    assert answer["degraded"]["detail"]
    assert QUOTED in str(answer["answer"])
    assert isinstance(answer["citations"], list)
    for citation in answer["citations"]:
        assert citation["verified"]
        assert citation["quote"] in str(answer["answer"])


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, "an error was encountered while running the model: unexpected EOF"),
        (503, "server busy, please try again. maximum pending requests exceeded"),
        (404, "model 'chat' not found"),
        (400, '"chat" does not support chat'),
    ],
)
def test_an_error_before_the_answer(
    client: httpx.Client, ink: str, chat: ChatServer, status: int, error: str
) -> None:
    chat.status, chat.error = status, error
    assert_quotations(ask(client, ink))


def test_an_error_line_before_the_first_word(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    chat.answer = lambda _: [{"error": "llama runner process has terminated"}]
    assert_quotations(ask(client, ink))


@pytest.mark.parametrize("fault", ["line", "context", "end", "close", "garbage"])
def test_an_answer_that_breaks_off(
    client: httpx.Client, ink: str, chat: ChatServer, fault: str
) -> None:
    faults: dict[str, list[Record]] = {
        "line": [{"error": "unexpected EOF"}],
        "context": [{"error": "the request exceeds the available context size"}],
        "end": [],
        "close": [],
        "garbage": [{"message": 7, "done": []}, {"message": {"content": 7}}],
    }
    chat.answer = lambda _: [*said("It dries in", done=False), *faults[fault]]
    chat.closes_early = fault == "close"
    events = stream(client, ink, f"How long does iron gall ink dry? {fault}")
    assert text(events) == "It dries in"
    assert last(events)["finish_reason"] == "interrupted"
    assert last(events)["degraded"]["served"] == "part"
    chat.closes_early = False
    chat.answer = lambda _: said("Three minutes [1].")
    assert ask(client, ink, f"How long does iron gall ink dry? {fault}")["cache"] == "miss"


def test_a_model_that_stops_writing(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    chat.answer = lambda _: said("It dries", done=False)
    chat.seconds_a_record = 5
    events = stream(client, ink)
    assert last(events)["finish_reason"] == "interrupted"


@pytest.mark.parametrize("drips", [" ", "\n"])
def test_a_server_that_only_keeps_the_connection_open(
    client: httpx.Client, ink: str, chat: ChatServer, drips: str
) -> None:
    chat.answer = lambda _: said("It dries", done=False)
    chat.drips = drips
    assert last(stream(client, ink))["finish_reason"] == "interrupted"


@pytest.mark.parametrize("count", [float("nan"), float("inf"), 10**400, -1, "7", None])
def test_counts_that_are_none(
    client: httpx.Client, ink: str, chat: ChatServer, count: object
) -> None:
    counts: Record = dict.fromkeys(("eval_count", "eval_duration", "total_duration"), count)
    chat.answer = lambda _: said("Three minutes [1].", **counts)
    answer = ask(client, ink, cache="off")
    assert answer["finish_reason"] == "stop"
    assert answer["usage"]["completion_tokens"] == 0


def test_a_model_that_writes_nothing(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    chat.answer = lambda _: [piece("  "), ending(1)]
    assert_quotations(ask(client, ink))


def test_a_model_that_never_ends(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    chat.answer = lambda _: [piece("word ")] * 10_000
    events = stream(client, ink, max_tokens=20)
    assert last(events)["finish_reason"] == "interrupted"


def test_a_piece_that_no_model_would_write(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    chat.answer = lambda _: [piece("[1] " * 10_000), ending(20)]
    assert_quotations(ask(client, ink, max_tokens=20))


def test_an_answer_at_its_limit(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    chat.answer = lambda _: said("It dries in [1", done_reason="length")
    answer = ask(client, ink)
    assert (answer["finish_reason"], answer["answer"]) == ("length", "It dries in [1")


@pytest.mark.parametrize("counted", [258, 400])
def test_a_prompt_that_the_server_has_cut_is_an_error(
    client: httpx.Client, ink: str, chat: ChatServer, counted: int
) -> None:
    sentence = "On wall {} of the old house the varnish dries slowly in room {}. "
    content = "".join(sentence.format(n, n % 7) for n in range(200))
    client.put("/v1/documents/long", params={"collection": ink}, json={"content": content})
    client.get("/v1/documents/long", params={"collection": ink, "wait": 20})
    model = f"cuts-at-{counted}"
    chat.models = (f"{model}:latest",)
    chat.answer = lambda _: said("It dries [1].", prompt_eval_count=counted)
    question = "How does the varnish dry on the walls of the old house?"
    events = stream(client, ink, question, sources=20, model=model)
    name, problem = events[-1]
    assert name == "error"
    assert problem["type"] == "urn:inkdex:prompt-cut"


def test_a_prompt_over_the_context_leaves_out_whole_chunks(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    for n in range(4):
        body = {"content": f"Iron gall ink number {n} takes {n + 4} minutes to dry on paper."}
        client.put(f"/v1/documents/ink{n}", params={"collection": ink}, json=body)
    for n in range(4):
        client.get(f"/v1/documents/ink{n}", params={"collection": ink, "wait": 20})
    chat.models = ("small:latest",)
    chat.refuses_over = 180
    for _ in range(2):  # the second answer may be cached
        answer = ask(client, ink, model="small")
        assert answer["finish_reason"] == "stop"
        left_out = [each["document"] for each in answer["left_out"]]
        assert left_out
        for source in answer["sources"]:
            assert (source["text"] in chat.prompts[-1]) == (source["document"] not in left_out)
    assert len(chat.prompts) > 1


@pytest.mark.parametrize("refuses_over", [100, 10**9])
def test_a_context_that_no_source_fits_is_an_error(
    client: httpx.Client, ink: str, chat: ChatServer, refuses_over: int
) -> None:
    for n in range(12):
        body = {"content": f"Iron gall ink number {n} takes {n + 4} minutes to dry on paper."}
        client.put(f"/v1/documents/ink{n}", params={"collection": ink}, json=body)
    client.get("/v1/documents/ink11", params={"collection": ink, "wait": 20})
    chat.models = (f"tiny-{refuses_over}:latest",)
    chat.refuses_over = refuses_over
    chat.status, chat.error = 400, "the prompt exceeds the context"  # without numbers
    name, problem = stream(client, ink, sources=20, model=chat.models[0])[-1]
    assert (name, problem["status"]) == ("error", 422)
    assert "no room for a source" in str(problem["errors"])
    assert len(chat.asked) < 20


def test_a_server_may_not_list_its_model(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    chat.models, chat.unlisted = (), ("private:latest",)
    answers = [ask(client, ink, model="private") for _ in range(2)]
    assert [each["cache"] for each in answers] == ["miss", "exact"]


def test_a_model_that_is_not_there_is_named(
    client: httpx.Client, ink: str, chat: ChatServer
) -> None:
    answer = ask(client, ink, model="nonesuch")
    assert_quotations(answer)
    assert "ollama pull nonesuch" in answer["degraded"]["detail"]
    assert chat.asked == []


def test_an_embedding_model_does_not_chat(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    chat.models = ("embedder:latest",)
    chat.capabilities = ("embedding",)
    answer = ask(client, ink, model="embedder")
    assert_quotations(answer)
    assert "not a chat model" in answer["degraded"]["detail"]
