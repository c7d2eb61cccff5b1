"""What English questions say besides their content: politeness, auxiliaries and their forms."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


QUESTION_WORDS = {
    "what": "what",
    "which": "what",
    "who": "who",
    "whom": "whom",
    "whose": "whose",
    "when": "when",
    "where": "where",
    "why": "why",
    "how": "how",
}
YES_NO = _words(
    "is are am was were do does did has have had can could will would should must may might"
)
GREETING = r"(?:hi|hello|hey|ok|okay|thanks|please|hallo|bonjour|hola)(?: there| all| everyone)?"
"""It is left out at the beginning, before a comma or the like."""
POLITE_ENDS = (
    ("thank", "you", "very", "much"),
    ("thanks", "in", "advance"),
    ("thanks", "a", "lot"),
    ("thank", "you"),
    ("thanks",),
    ("please",),
    ("bitte",),
    ("danke",),
    ("por", "favor"),
    ("gracias",),
    ("s'il", "vous", "plaît"),
    ("merci",),
)
LEAD_INS = tuple(
    tuple(line.split())
    for line in """
    can you tell me
    can you please tell me
    can you explain to me
    can you explain
    can you show me
    can someone tell me
    can anyone tell me
    could you tell me
    could you please tell me
    could you kindly tell me
    could you explain to me
    could you explain
    could you please explain
    could someone tell me
    would you tell me
    would you please tell me
    would you mind telling me
    will you tell me
    please tell me
    tell me
    please explain
    explain
    explain to me
    let me know
    please let me know
    do you know
    do you happen to know
    does anyone know
    does anybody know
    may i ask
    can i ask
    i would like to know
    i want to know
    i need to know
    i would love to know
    i was wondering
    i am wondering
    i wonder
    i am curious
    i am not sure
    any idea
    quick question
    question
    könnten sie mir bitte sagen
    können sie mir bitte sagen
    könnten sie mir sagen
    können sie mir sagen
    kannst du mir bitte sagen
    kannst du mir sagen
    weißt du
    wissen sie
    """.strip().split("\n")
)
"""They are left out before a question word, "if" or "whether". The longest come first."""
WHETHER = frozenset(["if", "whether"])
ASKING = WHETHER.union(
    QUESTION_WORDS, _words("wer was wann wo wie warum wieso welche welcher welches ob")
)
EMPHASIS = frozenset(["exactly", "precisely"])
"""They are left out directly behind a question word."""
FRONTED = _words("in on at for during since until before after under within by from as according")
"""A clause that begins so may stand before a question, with a comma, or at its end."""
EMBEDDING = _words("""
    that who which when where if whether because while to what how why
    said says say think thinks thought believe believes know knows knew claim claims claimed expect
    expects expected hope hopes hoped announce announced decide decided report reported tell told
    """)
"""With these, a clause at the end may belong to another one than at the beginning."""

BE_FORMS = {"is": "be", "are": "be", "am": "be", "was": "was", "were": "was"}
NUMBER = dict.fromkeys(["is", "was", "does", "has"], 1) | dict.fromkeys(["are", "were", "do"], 2)
"""Whether a verb says that its subject is one thing or several."""
SAME_WORDS = QUESTION_WORDS | {"has": "have", "an": "a"}
DO_FORMS = {"do": "do", "does": "do", "did": "did"}
MODALS = _words("can could will would shall should may might must")
DEGREES = _words(
    """
    many much long often far old high large big deep tall wide heavy fast soon late early hot cold
    expensive likely
    """
)
"""Behind "how" they ask for a measure. "How does long" is another question than "how long does"."""
DETERMINERS = _words(
    """
    a an the this that these those my your his her its our their i you he she it we they all each
    every some any no
    """
)
"""The first words of a subject."""
PERSONS = {"i": "my", "one": "one's"}
PERSONAL = _words("do does can could")
"""Who asks how to do something, and their possessive pronoun."""
_SMALL_NUMBERS = "two three four five six seven eight nine ten eleven twelve"
NUMBERS = {word: str(number) for number, word in enumerate(_SMALL_NUMBERS.split(), 2)}
SUPERLATIVES = _words(
    "first second third last next most least best worst only one single each every both"
)
"""With these, or a word in -est, one thing and several are different."""
NOT_SUPERLATIVES = _words("""
    guest test request forest interest contest protest harvest invest digest chest quest west rest
    nest pest vest suggest arrest tempest manifest
    """)
NOT_PLURALS = _words("""
    news goods aids customs arms glasses works ones damages minutes savings spirits series species
    always perhaps across besides sometimes its his this yes less was has does as is us gas bus plus
    ethics physics politics economics mathematics statistics analytics headquarters
    """)
CONTRACTIONS = {
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "i'd": ("i", "would"),
    "i'm": ("i", "am"),
    "let's": ("let's",),
    "whats": ("what", "is"),
    "whos": ("who", "is"),
    "wheres": ("where", "is"),
    "dont": ("do", "not"),
    "doesnt": ("does", "not"),
    "didnt": ("did", "not"),
    "cant": ("can", "not"),
    "isnt": ("is", "not"),
    "arent": ("are", "not"),
}
SUBJECTS = _words("i you he she it we they there")
"""Pronouns that stand behind or before "not": why isn't it, why is it not."""
CONTRACTED = {"n't": "not", "'ll": "will", "'re": "are", "'ve": "have"}
IS_BEFORE = _words("what who where when why how which that there here it he she")
"""The words behind which 's is "is". Elsewhere it is a possessive."""
