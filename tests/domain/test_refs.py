"""Keys of collections: one for each collection, and one range for each tenant."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.refs import DEFAULT_TENANT, MARK, Collection, Tenant

tenants = st.one_of(
    st.just(DEFAULT_TENANT),
    st.from_regex(r"[a-z0-9][a-z0-9-]{0,5}", fullmatch=True).map(Tenant),
)
names = st.one_of(
    st.text(min_size=1),
    st.builds(
        "{}{}/{}".format, st.sampled_from([MARK, ""]), st.sampled_from(["a", "default"]), st.text()
    ),
)
collections = st.builds(Collection, tenants, names)


@given(collections)
def test_a_key_is_that_of_one_collection(collection: Collection) -> None:
    assert Collection.of_key(collection.key) == collection


@given(collections, collections)
def test_different_collections_have_different_keys(a: Collection, b: Collection) -> None:
    assert (a.key == b.key) == (a == b)


@given(collections, tenants)
def test_a_tenants_range_has_its_keys_and_no_others(collection: Collection, tenant: Tenant) -> None:
    is_within = tenant.first_key <= collection.key < tenant.end_key
    looks_like_another = collection.name.startswith(MARK) and tenant == DEFAULT_TENANT
    assert is_within == (collection.tenant == tenant and not looks_like_another)


def test_the_default_tenant_keeps_its_keys() -> None:
    assert Collection(DEFAULT_TENANT, "a/b").key == "a/b"


def test_no_name_of_the_default_tenant_is_the_key_of_another_tenant() -> None:
    stolen = Collection(Tenant("acme"), "notes").key
    assert Collection(DEFAULT_TENANT, stolen).key != stolen
