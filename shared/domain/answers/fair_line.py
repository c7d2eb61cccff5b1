"""The line for a chat model: bounded, and fair to the tenants that wait in it."""

from collections import Counter

from shared.domain.refs import Tenant

_MARK = "@"


def ticket_of(tenant: Tenant, random: str) -> str:
    return f"{random}{_MARK}{tenant.name}"


def tenant_name(ticket: str) -> str:
    return ticket.partition(_MARK)[2]


class FairLine:
    """Tickets, of which the first `slots` are served. Those that wait alternate between tenants.

    The questions of a tenant keep their order. When the line is full, the tenant that has the most
    waiting loses its last one to a tenant that has at least two fewer.
    """

    def __init__(self, slots: int, room: int) -> None:
        self._slots = slots
        self._room = room
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def place(self, ticket: str) -> int | None:
        """Enter, or keep a place, and return it. None: the line is full."""
        if ticket not in self._numbers and not self._enter(ticket):
            return None
        return self.tickets().index(ticket)

    def enter_first(self, ticket: str) -> None:
        """Enter at the front, unless the ticket is there."""
        self._numbers.setdefault(ticket, min(self._numbers.values(), default=1) - 1)

    def leave(self, ticket: str) -> None:
        self._numbers.pop(ticket, None)

    def _enter(self, ticket: str) -> bool:
        if len(self._numbers) >= self._room and not self._make_room(tenant_name(ticket)):
            return False
        ordered = self.tickets()
        served, waiting = ordered[: self._slots], ordered[self._slots :]
        before = served[-1:] + [each for each in waiting if _is_of(each, tenant_name(ticket))]
        self._numbers[ticket] = 1 + max((self._numbers[each] for each in before), default=0)
        return True

    def _make_room(self, name: str) -> bool:
        waiting = self.tickets()[self._slots :]
        counts = Counter(map(tenant_name, waiting))
        largest, most = next(iter(counts.most_common(1)), ("", 0))
        if most <= counts[name] + 1:
            return False
        self.leave([each for each in waiting if _is_of(each, largest)][-1])
        return True

    def tickets(self) -> list[str]:
        """Return the tickets in order."""
        return sorted(self._numbers, key=lambda each: (self._numbers[each], each))


def _is_of(ticket: str, name: str) -> bool:
    return tenant_name(ticket) == name
