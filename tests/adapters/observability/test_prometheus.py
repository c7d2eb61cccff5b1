"""Labels have a bounded set of values, and the busiest tenants are named."""

from shared.adapters.observability.prometheus import OTHER, BusiestNames, busiest


def test_the_first_names_are_kept_and_the_rest_is_other() -> None:
    names = BusiestNames(2)
    assert [names.bounded(each) for each in ("a", "b", "c", "a")] == ["a", "b", OTHER, "a"]


def test_a_name_that_becomes_busy_is_named_and_all_together_are_bounded() -> None:
    names = BusiestNames(2)
    for name in "ab":
        names.bounded(name)
    assert [names.bounded("c") for _ in range(3)] == [OTHER, OTHER, "c"]
    shown = {names.bounded(f"t{number}") for number in range(20) for _ in range(9)}
    assert len(shown - {OTHER}) == 1
    assert names.bounded("a") == "a"


def test_no_name_is_shown_if_none_may_be() -> None:
    assert BusiestNames(0).bounded("a") == OTHER
    assert busiest({"a": 1.0}, 0) == {OTHER: 1.0}


def test_the_largest_values_are_named() -> None:
    assert busiest({"a": 1.0, "b": 3.0, "c": 2.0, "d": 4.0}, 2) == {"d": 4.0, "b": 3.0, OTHER: 3.0}
    assert busiest({"a": 1.0}, 2) == {"a": 1.0}
