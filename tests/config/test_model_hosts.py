"""The list of model servers."""

import pytest

from shared.config import Settings
from shared.config.model_hosts import Role, addresses_of, parse_hosts

LIST = "http://gpu1:11434=embed+query, http://GPU2:11434/ = embed,http://[::1]:5=chat"


def test_a_list_names_addresses_and_roles() -> None:
    assert addresses_of(LIST, Role.EMBED) == ["http://gpu1:11434", "http://gpu2:11434"]
    assert addresses_of(LIST, Role.QUERY) == ["http://gpu1:11434"]
    assert addresses_of(LIST, Role.CHAT) == ["http://[::1]:5"]
    assert addresses_of("http://all/ollama", Role.CHAT) == ["http://all/ollama"]
    assert parse_hosts(" ") == []


@pytest.mark.parametrize(
    "text",
    [
        "gpu1:11434",
        "http://gpu1:abc",
        "http://gpu 1",
        "http://user:secret@gpu1",
        "http://gpu1?a=b",
        "http://gpu1#x",
        "http://gpu1=embed+dance",
        "http://gpu1,http://GPU1/",
        "http://gpu1=embed,http://gpu2=query",
    ],
)
def test_a_wrong_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must|server|Port") as refused:
        parse_hosts(text)
    assert "secret" not in str(refused.value)


def test_the_list_replaces_the_single_addresses() -> None:
    settings = Settings(ollama_host="http://one", ollama_hosts=LIST, chat_slots=2, worker_threads=7)
    assert settings.embed_hosts == ["http://gpu1:11434", "http://gpu2:11434"]
    assert settings.query_hosts == ["http://gpu1:11434"]
    assert settings.batches_at_a_time == 9
    assert settings.answers_at_a_time == 2
    single = Settings(ollama_host="http://one", worker_threads=7)
    assert list(single.embed_hosts) == list(single.query_hosts) == list(single.chat_hosts)
    assert single.batches_at_a_time == 7
