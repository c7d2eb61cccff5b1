"""What identifies a tenant, a collection and a document."""

from dataclasses import dataclass

MARK = "\U0010ffff"
"""The last code point, which is no character. It sorts after every name."""


@dataclass(frozen=True, slots=True, order=True)
class Tenant:
    """Whose documents they are. Nothing of one tenant shows to another."""

    name: str

    @property
    def first_key(self) -> str:
        """The keys of its collections begin here, in the order of code points."""
        return "" if self == DEFAULT_TENANT else f"{MARK}{self.name}/"

    @property
    def end_key(self) -> str:
        """The keys of its collections are smaller than this."""
        return MARK if self == DEFAULT_TENANT else f"{MARK}{self.name}0"

    @property
    def deleted_key(self) -> str:
        """The key of documents whose collection was deleted, until they are deleted too.

        It has no slash, so it is outside the range above, and no collection has it.
        """
        return f"{MARK}{self.name}"


DEFAULT_TENANT = Tenant("default")


@dataclass(frozen=True, slots=True, order=True)
class Collection:
    """A tenant's collection. Tables hold its key, so each condition on it names the tenant too."""

    tenant: Tenant
    name: str

    @property
    def key(self) -> str:
        """The name in the default tenant, whose collections are older than tenants.

        No name is another tenant's key: one that looks like it has the default tenant in front.
        """
        if self.tenant == DEFAULT_TENANT and not self.name.startswith(MARK):
            return self.name
        return f"{MARK}{self.tenant.name}/{self.name}"

    @classmethod
    def of_key(cls, key: str) -> "Collection":
        if not key.startswith(MARK):
            return cls(DEFAULT_TENANT, key)
        tenant, _, name = key[1:].partition("/")
        return cls(Tenant(tenant), name)


def tenant_of(within: Collection | Tenant) -> Tenant:
    """Return the tenant of a collection, or the tenant itself."""
    return within.tenant if isinstance(within, Collection) else within


@dataclass(frozen=True, slots=True, order=True)
class DocumentRef:
    """A document's collection and its id there. Statements lock documents in this order."""

    collection: Collection
    id: str

    @classmethod
    def of_row(cls, collection: str, id: str) -> "DocumentRef":  # noqa: A002 - the columns' names
        """Return the ref of a row, which has the collection's key."""
        return cls(Collection.of_key(collection), id)
