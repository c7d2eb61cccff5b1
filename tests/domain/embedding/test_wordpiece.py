from shared.domain.embedding.wordpiece import read_vocabulary


def test_both_spellings_of_a_vocabulary_mean_the_same() -> None:
    bert = read_vocabulary(["[UNK]", "ink", "##ed", "un"])
    gguf = read_vocabulary(["[UNK]", "▁ink", "ed", "▁un"])
    for text, tokens in {"inked": 2, "un ink": 2, "edink": 1, "": 0}.items():
        assert bert.count(text) == gguf.count(text) == tokens


def test_accents_of_every_plane_are_ignored() -> None:
    count = read_vocabulary(["cafe"]).count
    for text in ("café", "cafe\u0301", "cafe\U0001e8d0", "cafe\U000e0100"):
        assert count(text) == 1
    assert count("café 😀") == 2
