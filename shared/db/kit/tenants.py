"""A tenant's collections, in SQL: their keys are one range, in the order of code points."""

from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.adapt import Dumper

from shared.domain.refs import Collection, Tenant

OF_TENANT: LiteralString = """({collection} COLLATE "C" >= %(first_key)s
        AND {collection} COLLATE "C" < %(end_key)s)"""
"""The collection is one of the tenant's, to be formatted. `keys_of` returns the parameters."""


class _CollectionDumper(Dumper):
    """Sends a collection as its key, so that no statement can get a name without its tenant."""

    oid = psycopg.adapters.types["text"].oid

    def dump(self, obj: Collection) -> bytes:
        return obj.key.encode()


psycopg.adapters.register_dumper(Collection, _CollectionDumper)


def is_within(column: str, within: Collection | Tenant) -> str:
    """Return the condition that a column has the collection, or one of the tenant's."""
    if isinstance(within, Tenant):
        return OF_TENANT.format(collection=column)
    return f"{column} = %(collection)s"


def within_parameters(within: Collection | Tenant) -> dict[str, Collection | str]:
    """Return the parameters of `is_within`."""
    if isinstance(within, Tenant):
        return {**keys_of(within)}
    return {"collection": within}


def of_tenant(column: str, tenant: Tenant) -> str:
    """Return the condition that a column has one of the tenant's collections, without parameters.

    An index of the tenant's rows serves only statements with this condition. A generic plan does
    not know the values of parameters.
    """
    keys = {name: _literal(value) for name, value in keys_of(tenant).items()}
    condition = OF_TENANT.format(collection=column)
    return condition.replace("%(first_key)s", keys["first_key"]).replace(
        "%(end_key)s", keys["end_key"]
    )


def _literal(value: str) -> str:
    return sql.Literal(value).as_string()


def keys_of(tenant: Tenant) -> dict[str, str]:
    return {"tenant": tenant.name, "first_key": tenant.first_key, "end_key": tenant.end_key}
