from shared.domain.embedding.throughput import RequestLimits, Throughput


def test_a_request_fits_the_target_duration() -> None:
    throughput = Throughput(RequestLimits(seconds=0.2, texts=64, tokens=16_384))
    for _ in range(200):
        throughput.record(tokens=600, seconds=0.2)
    assert 550 <= throughput.request_tokens <= 650
    assert throughput.next_request_texts([60] * 100) in range(9, 11)
    assert throughput.next_request_texts([5000, 1]) == 1
    assert throughput.next_request_texts([60] * 11) in range(
        5, 7
    )  # two equal shares, not ten texts and one
    for _ in range(1000):
        throughput.record(tokens=10_000, seconds=0.01)
    assert throughput.request_tokens == 16_384
    assert throughput.next_request_texts([1] * 100) == 64
