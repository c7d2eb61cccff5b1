"""Pairs of questions that ask the same in slightly other words."""

from collections.abc import Callable, Iterator, Sequence

from bench.questions.near_misses import Pair
from bench.questions.other_languages import PLEASE, POLITE

DIRECT_AND_INDIRECT = (
    ("What is the refund policy?", "what the refund policy is"),
    ("How long does shipping take?", "how long shipping takes"),
    ("Where is the printer?", "where the printer is"),
    ("When does the contract with Acme end?", "when the contract with Acme ends"),
    ("Who is responsible for Project Falcon?", "who is responsible for Project Falcon"),
    ("How many vacation days does an employee have?", "how many vacation days an employee has"),
    ("What is the capital of Portugal?", "what the capital of Portugal is"),
    ("Why is the pressure too low?", "why the pressure is too low"),
    ("What does error E15 mean?", "what error E15 means"),
    ("Which model does the printer use?", "which model the printer uses"),
    ("How much does the plan for 5 users cost?", "how much the plan for 5 users costs"),
    ("Can guests use the gym?", "whether guests can use the gym"),
    ("Is the office open on Sunday?", "if the office is open on Sunday"),
    ("Does the plan include support?", "whether the plan includes support"),
    ("Are pets allowed in the building?", "if pets are allowed in the building"),
    ("When is the next meeting?", "when the next meeting is"),
    ("Where are the backups stored?", "where the backups are stored"),
    ("Who approves travel expenses?", "who approves travel expenses"),
    ("What was the revenue of 2023?", "what the revenue of 2023 was"),
    ("How often is the compost turned?", "how often the compost is turned"),
    ("What temperature does the oven reach?", "what temperature the oven reaches"),
    ("Which invoices are due within 14 days?", "which invoices are due within 14 days"),
    ("How high is Mount Everest?", "how high Mount Everest is"),
    ("What is the difference between a lease and a loan?",
     "what the difference between a lease and a loan is"),
    ("Why was the flight to Oslo late?", "why the flight to Oslo was late"),
    ("Does the warranty cover water damage?", "if the warranty covers water damage"),
    ("Who can see the salary of a manager?", "who can see the salary of a manager"),
    ("What are the symptoms of the flu?", "what the symptoms of the flu are"),
)  # fmt: skip
LEAD_INS = (
    "Could you please tell me {}?",
    "Do you know {}?",
    "I would like to know {}.",
    "Please tell me {}.",
    "Hi, can you tell me {}? Thanks!",
)
HOW_TO = (
    "reset the password",
    "connect the printer",
    "cancel a booking",
    "export the report to PDF",
    "descale the kettle",
    "add a user to the team",
    "change the language of the menu",
    "prune roses in March",
    "file the expenses of a trip",
    "restore a backup",
    "turn off the alarm",
    "book a room for 5 people",
)
CONTRACTED = (
    ("What is the refund policy?", "What's the refund policy?"),
    ("Who is the manager of the Berlin office?", "Who's the manager of the Berlin office?"),
    ("Where is the main switch?", "Where's the main switch?"),
    ("When is the next release?", "When's the next release?"),
    ("Why does the lamp not work?", "Why doesn't the lamp work?"),
    ("Why is it not included?", "Why isn't it included?"),
    ("What can guests not do?", "What can't guests do?"),
    ("Which rooms are not heated?", "Which rooms aren't heated?"),
    ("What will the price be?", "What'll the price be?"),
    ("How is the score computed?", "How's the score computed?"),
    ("What do we do if the heating does not start?", "What do we do if the heating doesn't start?"),
    ("Which cards cannot be used?", "Which cards can't be used?"),
)
FRONTED = (
    ("How many people worked at Acme in 2023?", "In 2023, how many people worked at Acme?"),
    ("What must be signed before the audit?", "Before the audit, what must be signed?"),
    ("Who is on duty during the holidays?", "During the holidays, who is on duty?"),
    ("Which shops are open on Sunday?", "On Sunday, which shops are open?"),
    ("What is the fee for members?", "For members, what is the fee?"),
    ("Is parking free after 6 pm?", "After 6 pm, is parking free?"),
    ("Where is the exit in an emergency?", "In an emergency, where is the exit?"),
    ("What was the weather like in May?", "In May, what was the weather like?"),
)
INFLECTED = (
    ("Which fee applies to transfers?", "Which fees apply to transfers?"),
    ("What is the price of the chair?", "What are the prices of the chairs?"),
    ("When does the bus to Bonn run?", "When do the buses to Bonn run?"),
    ("Where is the key to the room?", "Where are the keys to the rooms?"),
    ("Does the guest need the badge?", "Do the guests need the badges?"),
    ("Why does the battery get hot?", "Why do the batteries get hot?"),
    ("How does the sensor work?", "How do the sensors work?"),
    ("Are there fees for transfers?", "Is there fee for transfer?"),
    ("Which box holds the cable?", "Which boxes hold the cables?"),
    ("How does the company train the tester?", "How does the company train the testers?"),
)
OTHER_WORDS = (
    ("How do I reset the password?", "I forgot my password, what now?"),
    ("What does the chair cost?", "What is the price of the chair?"),
    ("Who leads the project?", "Who is the head of the project?"),
    ("How do I cancel a booking?", "How can a reservation be cancelled?"),
    ("When does the shop open?", "What are the opening hours of the shop?"),
    ("Is smoking allowed?", "May I smoke?"),
    ("What is the capital of Chile?", "Which city is the capital of Chile?"),
    ("How old is the house?", "What is the age of the house?"),
    ("Why is the oven locked?", "What is the reason that the oven is locked?"),
    ("How many employees does Acme have?", "What is the number of employees of Acme?"),
)
"""Synonyms are never shared, because no rule tells them from near misses."""

Texts = Iterator[tuple[str, str]]


def paraphrases() -> list[Pair]:
    """Return all pairs, none twice."""
    pairs = [Pair(kind, *pair) for kind, made in _MADE.items() for pair in made()]
    return list({frozenset(pair[1:]): pair for pair in pairs}.values())


def _polite() -> Texts:
    for direct, indirect in DIRECT_AND_INDIRECT:
        yield from ((direct, lead_in.format(indirect)) for lead_in in LEAD_INS)


def _typography() -> Texts:
    for direct, _ in DIRECT_AND_INDIRECT:
        yield direct, direct.lower()
        yield direct, direct.rstrip("?")
        yield direct, "  ".join(direct.split()) + "?"


def _endings() -> Texts:
    for direct, _ in DIRECT_AND_INDIRECT[::2]:
        yield direct, f"Hello! {direct} Thank you"
        yield direct, f"{direct[:-1]}, please?"


def _how_to() -> Texts:
    forms = ("How do I {}?", "How can I {}?", "How to {}", "How does one {}?")
    for task in HOW_TO:
        yield from ((forms[0].format(task), form.format(task)) for form in forms[1:])


def _other_languages() -> Texts:
    for language, questions in POLITE.items():
        for question in questions:
            yield question, question.rstrip(" ?") + PLEASE[language]
            yield question, question.replace(" ?", "?").rstrip("?") + "??"


def _given(pairs: Sequence[tuple[str, str]]) -> Callable[[], Texts]:
    def typographic() -> Texts:
        for first, second in pairs:
            yield first, second
            yield first, second.replace("'", "’")  # noqa: RUF001

    return typographic


_MADE: dict[str, Callable[[], Texts]] = {
    "lead-in": _polite,
    "typography": _typography,
    "greeting": _endings,
    "how to": _how_to,
    "contraction": _given(CONTRACTED),
    "fronted": _given(FRONTED),
    "inflection": _given(INFLECTED),
    "other languages": _other_languages,
    "other words": _given(OTHER_WORDS),
}
