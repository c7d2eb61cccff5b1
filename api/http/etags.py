"""Entity tags: a document's version as an HTTP header."""

from shared.domain.errors import VersionConflict

VERSION_MAX_DIGITS = 18


def etag(version: int) -> str:
    return f'"{version}"'


def expected_version(if_match: str | None) -> int | None:
    """Return the version that If-Match names, or None if any version will do.

    Raises VersionConflict for a tag that no version of ours has.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    versions = [tag.strip().strip('"') for tag in if_match.split(",")]
    if len(versions) != 1 or not versions[0].isdecimal() or len(versions[0]) > VERSION_MAX_DIGITS:
        raise VersionConflict
    return int(versions[0])


def is_known(version: int, if_none_match: str | None) -> bool:
    """Return whether If-None-Match names this version, so that the client already has it."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag(version) in tags or "*" in tags
