import random

WORDS = ["ink", "dries", "on", "paper", "while", "the", "press", "turns", "and", "nobody", "reads"]


def prose(seed: int, paragraphs: int) -> list[str]:
    rng = random.Random(seed)

    def sentence() -> str:
        return " ".join(rng.choices(WORDS, k=rng.randint(5, 20))).capitalize() + "."

    return [" ".join(sentence() for _ in range(rng.randint(2, 6))) for _ in range(paragraphs)]


def count_words(text: str) -> int:
    return len(text.split())
