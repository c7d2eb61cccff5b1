"""What was told of changes, compared with the changes that are stored."""

from collections import Counter
from collections.abc import Sequence

from tests.soak.listeners import Change, Listener
from tests.support.webhook_receiver import Message

SETTLED = {"ready", "failed"}
"""Webhooks are told of these changes only."""


def wrongly_streamed(listener: Listener, stored: Sequence[Change]) -> list[str]:
    """Return what a reader was not told once and in order, of all changes."""
    found = [f"{listener.name}: told to read everything again"] * listener.missed
    ids = Counter(id_ for id_, _ in listener.told)
    found += [f"{listener.name}: event {id_} was told twice" for id_, n in ids.items() if n > 1]
    told = [change for _, change in listener.told]
    return found + _differences(listener.name, told, stored)


def wrongly_left(stored: Sequence[Change], documents: Sequence[Change]) -> list[str]:
    """Return the documents of which the last event tells something else than what they are."""
    last = {change.id: change for change in stored}
    now = {document.id: document for document in documents}
    gone = [each for each in last.values() if each.id not in now and each.status != "deleted"]
    found = [f"{each} was told last of a document that is gone" for each in gone]
    return found + [
        f"{last.get(each.id)} was told last of {each}"
        for each in documents
        if last.get(each.id) != each
    ]


def _differences(name: str, told: Sequence[Change], stored: Sequence[Change]) -> list[str]:
    missing, more = Counter(stored) - Counter(told), Counter(told) - Counter(stored)
    found = [f"{name}: not told of {change}" for change in missing]
    found += [f"{name}: told of {change} that is not stored" for change in more]
    if not found and told != list(stored):
        found.append(f"{name}: told in another order than that of the changes")
    return found


def wrongly_delivered(
    messages: Sequence[Message], settled: Sequence[str], faults: int
) -> list[str]:
    """Return what a webhook was not told at least once and in order, of the events that settle.

    A fault of a worker or of PostgreSQL may have one message sent again, with the same id.
    """
    messages = [each for each in messages if each.documents]  # others tell of imports
    sent = [[str(document["event_id"]) for document in each.documents] for each in messages]
    numbers = {id_: number for number, id_ in enumerate(settled)}
    found = [f"webhook: told of {id_}" for ids in sent for id_ in ids if id_ not in numbers]
    if found:
        return [f"{each} that no reader was told of" for each in found]
    found += [
        f"webhook: not told of {id_}"
        for id_ in numbers.keys() - {id_ for ids in sent for id_ in ids}
    ]
    next_ = repeated = 0
    for ids in sent:
        first = numbers[ids[0]]
        if ids != list(settled[first : first + len(ids)]) or first > next_:
            found.append(f"webhook: events {first} to {numbers[ids[-1]]} instead of {next_}")
        repeated += first < next_
        next_ = max(next_, numbers[ids[-1]] + 1)
    if repeated > faults:
        found.append(f"webhook: {repeated} messages were repeated, with {faults} faults")
    return found + _renamed(messages, sent)


def _renamed(messages: Sequence[Message], sent: Sequence[Sequence[str]]) -> list[str]:
    """Return which messages were repeated under another id."""
    names: dict[tuple[str, ...], set[str]] = {}
    for message, ids in zip(messages, sent, strict=True):
        names.setdefault(tuple(ids), set()).add(message.headers["webhook-id"])
    return [f"webhook: one message had the ids {each}" for each in names.values() if len(each) > 1]
