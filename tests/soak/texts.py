"""The random documents that one writer makes."""

from random import Random

from tests.soak.ledger import State, canonical
from tests.soak.model_server import POISON

POISON_SHARE = 0.02
VOCABULARY = """
ink dries paper yellows letter press proof margin serif plate gutter folio quill
blot archive ledger column binding reader printer river stone garden winter engine signal
harbour copper thread violin market orchard lantern bridge glacier pepper canvas
"""


class Texts:
    def __init__(self, writer: int, random: Random) -> None:
        self._writer = writer
        self._random = random
        self._made = 0

    def state(self) -> State:
        """Return a document whose last word is in no other text, and begins no other word."""
        self._made += 1
        words = self.words(self._random.randrange(5, 25))
        if self._random.random() < POISON_SHARE:
            words = f"{words} {POISON}"
        title = self._random.choice([None, self.words(2)])
        content = f"{words} word{self._writer}x{self._made:06}"
        return State(title, content, canonical({"writer": self._writer}))

    def words(self, count: int) -> str:
        return " ".join(self._random.choices(VOCABULARY.split(), k=count))
