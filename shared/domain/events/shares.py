"""How many events each tenant may keep."""

from collections.abc import Mapping

from shared.domain.refs import Tenant


def surplus(counts: Mapping[Tenant, int], room: int) -> Mapping[Tenant, int]:
    """Return how many events of which tenants are too many, so that `room` are left.

    Whoever has fewer than an equal share keeps all. The others share what is left equally.
    """
    if sum(counts.values()) <= room:
        return {}
    left = room
    share = room
    for number, count in enumerate(sorted(counts.values())):
        share = left // (len(counts) - number)
        if count > share:
            break
        left -= count
    return {tenant: count - share for tenant, count in counts.items() if count > share}
