import pytest

from shared.domain.documents.times import dates_around, time_in_utc


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01", "2024-05-01Z"),
        ("2024-05-01T10:00", "2024-05-01T10:00Z"),
        ("2024-05-01 10:00:00.5", "2024-05-01 10:00:00.5Z"),
        ("2024-05-01T10:00:00+02:00", "2024-05-01T10:00:00+02:00"),
        ("2024-05-01T10:00:00-0530", "2024-05-01T10:00:00-0530"),
        ("2024-05-01t10:00:00.123456789z", "2024-05-01t10:00:00.123456789z"),
    ],
)
def test_a_time_without_an_offset_is_in_utc(text: str, expected: str) -> None:
    assert time_in_utc(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "2024", "2024-05", "2023-02-30", "0000-01-01", "2024-13-01", "2024-05-01T", "20240501",
     "2024-05-01T24:00", "2024-05-01T10:00:60", "2024-05-01T10:00+15:00", "2024-05-01\n",
     "x2024-05-01", "2024-05-01T10", "\uff12024-05-01"],
)  # fmt: skip
def test_other_texts_are_no_times(text: str) -> None:
    assert time_in_utc(text) is None


@pytest.mark.parametrize(
    ("time", "dates"),
    [
        ("2024-03-01T10:00Z", ("2024-02-28", "2024-03-04")),
        ("0001-01-02", ("0001-01-01", "0001-01-05")),
        ("9999-12-31", ("9999-12-29", ":")),
    ],
)
def test_dates_around_a_time_leave_room_for_offsets(time: str, dates: tuple[str, str]) -> None:
    assert dates_around(time) == dates
