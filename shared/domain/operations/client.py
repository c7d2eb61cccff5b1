"""Who sends a request, as limits of what all share know them."""

from typing import NamedTuple

from shared.domain.refs import DEFAULT_TENANT, Tenant


class Client(NamedTuple):
    """A tenant, and the address that the request comes from."""

    tenant: Tenant = DEFAULT_TENANT
    address: str = ""


ANYONE = Client()
