"""Entity tags: a document's version as an HTTP header."""

from shared.domain.errors import VersionConflict


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def expected_version(if_match: str | None) -> int | None:
    """Return the version that If-Match names; None where any will do.

    A tag that is none of ours matches no version: raises VersionConflict.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    versions = [tag.strip().strip('"') for tag in if_match.split(",")]
    if len(versions) != 1 or not versions[0].isdecimal() or len(versions[0]) > 18:
        raise VersionConflict
    return int(versions[0])


def is_known(version: int, if_none_match: str | None) -> bool:
    """Return whether If-None-Match names this version: the client has it already."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag(version) in tags or "*" in tags
