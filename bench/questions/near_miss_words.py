"""The words and templates of near misses."""

DIRECTED = (
    "Does {a} cause {b}?",
    "Can {a} lead to {b}?",
    "Is {a} better than {b}?",
    "How do I convert {a} to {b}?",
    "How do I move from {a} to {b}?",
    "Does {a} depend on {b}?",
    "Why did {a} replace {b}?",
    "Should {a} come before {b}?",
    "How much of {a} is part of {b}?",
    "When does {a} turn into {b}?",
)
THINGS = (
    ("stress", "insomnia"),
    ("inflation", "unemployment"),
    ("coffee", "tea"),
    ("PDF", "Word"),
    ("the old system", "the new system"),
    ("training", "certification"),
    ("the invoice", "the order"),
    ("marketing", "sales"),
    ("obesity", "diabetes"),
    ("the server", "the database"),
    ("Berlin", "Hamburg"),
    ("anxiety", "depression"),
)
NUMBERED = (
    "What happens after {} failed attempts?",
    "How much does the plan for {} users cost?",
    "Is a delay of {} days allowed?",
    "What does error {} mean?",
    "What is in section {} of the contract?",
    "How do I upgrade to version {}?",
    "Can a team of {} people book the room?",
    "Which documents are due within {} weeks?",
    "What does it cost to ship {} boxes?",
)
NUMBERS = (
    ("3", "5"),
    ("2", "20"),
    ("10", "100"),
    ("1,000", "10,000"),
    ("1.5", "15"),
    ("404", "403"),
    ("two", "three"),
    ("7", "-7"),
    ("30", "13"),
)
NEGATED = (
    ("Can {} cancel the booking?", "Can {} not cancel the booking?"),
    ("Why does {} pay a fee?", "Why doesn't {} pay a fee?"),
    ("What is {} allowed to do?", "What is {} not allowed to do?"),
    ("When should {} sign the form?", "When should {} never sign the form?"),
    ("Which rooms may {} enter?", "Which rooms may {} not enter?"),
    ("Does {} have access?", "Does {} have no access?"),
    ("Is {} insured?", "Is {} uninsured?"),
    ("Why is {} eligible for a refund?", "Why is {} ineligible for a refund?"),
    ("What can {} do with a card?", "What can {} do without a card?"),
)
PEOPLE = (
    "an employee",
    "the manager",
    "a guest",
    "my landlord",
    "the contractor",
    "a student",
    "the buyer",
    "an intern",
)
NAMED = (
    "Who is responsible for {}?",
    "What did {} report last quarter?",
    "When does the contract with {} end?",
    "How do I contact {}?",
    "What is the budget of {}?",
    "Which office belongs to {}?",
    "Is {} part of the project?",
    "What does the report say about {}?",
)
NAMES = (
    ("Anna Schmidt", "Anna Schmitt"),
    ("Project Falcon", "Project Eagle"),
    ("Austria", "Australia"),
    ("invoice RE-2024-00173", "invoice RE-2024-00137"),
    ("the Berlin office", "the Munich office"),
    ("Acme North", "Acme South"),
    ("plan A", "plan B"),
    ("machine X200", "machine X300"),
    ("Tom", "Tim"),
    ("Niger", "Nigeria"),
)
ANTONYMS = (
    ("enable", "disable"),
    ("turn on", "turn off"),
    ("lock", "unlock"),
    ("install", "uninstall"),
    ("open", "close"),
    ("increase the limit of", "decrease the limit of"),
    ("import", "export"),
    ("add a user to", "remove a user from"),
    ("start", "stop"),
    ("hide", "show"),
    ("connect", "disconnect"),
    ("log in to", "log out of"),
    ("mount", "unmount"),
    ("approve", "reject"),
    ("compress", "decompress"),
    ("upgrade", "downgrade"),
)
OBJECTS = ("printer", "account", "service", "archive", "backup", "shared drive")
SCOPES = (
    ("all employees", "some employees"),
    ("all employees", "only employees"),
    ("every member", "any member"),
    ("only members", "also members"),
    ("everyone except managers", "everyone including managers"),
    ("at least two people", "at most two people"),
    ("most customers", "few customers"),
    ("a few customers", "few customers"),
    ("both owners", "neither owner"),
    ("new customers", "existing customers"),
    ("each department", "the department"),
    ("everybody", "nobody"),
)
SCOPED = (
    "Does the discount apply to {}?",
    "Do {} need a badge?",
    "Which rules hold for {}?",
    "Why must {} register?",
    "When do {} receive the letter?",
)
MEASURED = (
    "What is the maximum length in {}?",
    "How many {} does the tank hold?",
    "Is a limit of 5 {} enough?",
    "What does 20 {} correspond to?",
    "Can I order 12 {} of it?",
)
UNITS = (
    ("km", "miles"),
    ("grams", "kilograms"),
    ("litres", "gallons"),
    ("MB", "GB"),
    ("minutes", "hours"),
    ("°C", "°F"),
    ("mg", "g"),
    ("euros", "dollars"),
    ("days", "working days"),
    ("cm", "mm"),
)
DATED = (
    "What was decided in the meeting of {}?",
    "How many orders arrived in {}?",
    "Who was on duty in {}?",
    "What changed on the site since {}?",
    "Is the office open in {}?",
    "Which invoices are from {}?",
    "What was the revenue of {}?",
)
DATES = (
    ("March 2023", "May 2023"),
    ("2022", "2023"),
    ("January 5", "January 15"),
    ("the first quarter", "the third quarter"),
    ("1999", "1989"),
    ("June", "July"),
    ("2024-03-01", "2024-01-03"),
    ("Q1 2024", "Q2 2024"),
    ("the morning", "the evening"),
    ("last year", "this year"),
)
ORDERS = (
    ("before", "after"),
    ("with", "without"),
    ("since", "until"),
    ("during", "after"),
    ("above", "below"),
    ("inside", "outside"),
    ("over", "under"),
    ("from", "to"),
)
ORDERED = (
    "What must be done {} the audit?",
    "Which rooms are {} the lobby?",
    "Can I pay {} the delivery?",
    "Who may travel {} the group?",
    "How do I send the files {} the server?",
    "Which values are {} the threshold?",
    "What do guests see {} the gate?",
)
COMPARED = (
    "Which printer is {}?",
    "Is the new plan {} than the old one?",
    "Which of the two teams was {}?",
    "Why is the second version {}?",
    "What makes the process {}?",
)
COMPARISONS = (
    ("faster", "slower"),
    ("more expensive", "less expensive"),
    ("larger", "smaller"),
    ("older", "newer"),
    ("more reliable", "less reliable"),
    ("safer", "more dangerous"),
    ("louder", "quieter"),
    ("stronger", "strongest"),
    ("heavier", "lighter"),
    ("earlier", "later"),
)
FACTS = (
    (("capital", "population", "area", "currency"), ("Portugal", "Chile", "Kenya", "Norway")),
    (("price", "weight", "colour", "warranty"), ("the chair", "the X200", "the lamp")),
    (("author", "title", "date", "length"), ("the report", "the thesis", "the minutes")),
    (("start", "end", "cost", "place"), ("the course", "the trip", "the repair")),
)
ASKED = (
    (("Who", "When", "Where", "Why", "How"), "was the contract signed"),
    (("Who", "When", "Why", "How often"), "did the server fail"),
    (("When", "Where", "Why", "How"), "does the training take place"),
    (("How many", "How much", "Which", "Whose"), "coffee does the team drink"),
    (("How long", "How often", "How far", "Why"), "do the buses run"),
    (("When", "Where", "Why", "How"), "can I return the parcel"),
    (("Who", "What", "Why"), "is the chair"),
)
TENSES = (
    (("is", "was", "will be"), "Who {} the director of the institute?"),
    (("is", "was", "will be"), "What {} the interest rate?"),
    (("does", "did", "will"), "When {} the shop open?"),
    (("do", "did", "will"), "How much {} members pay?"),
    (("are", "were", "will be"), "Which roads {} closed?"),
    (("is", "was", "has been"), "Where {} the archive?"),
    (("does", "did", "will"), "Why {} the price rise?"),
    (("has", "had", "will have"), "How many rooms {} the house?"),
)
MODAL = (
    "I renew the passport",
    "guests leave the keys",
    "the tenant paint the walls",
    "drivers stop here",
    "the team file a report",
    "visitors wear a mask",
    "we keep the receipts",
    "I feed the starter",
)
