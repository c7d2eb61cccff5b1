"""A bucket as a source: Amazon S3, or anything that speaks its protocol. Needs boto3."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Self

import boto3  # type: ignore[import-not-found, unused-ignore]
from botocore import exceptions  # type: ignore[import-not-found, unused-ignore]

from inkdex.errors import InkdexError
from inkdex.sources.origin import Away, Content, Found, Scan, Unreadable
from inkdex.sources.supported import EMPTY, IN_TOOL_FOLDERS, TOOL_FOLDERS, unsupported

SCHEME = "s3://"
PAUSE_SECONDS = 600.0
OBJECT_MAX_BYTES = 1 << 30
DIGESTED_BYTES = 1 << 20


@dataclass(slots=True)
class Bucket:
    """The objects of a bucket whose keys have a prefix. One at a time is on disk."""

    bucket: str
    prefix: str
    s3: Any
    """A client of boto3."""
    _folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="inkdex-")
    )

    @classmethod
    def of(cls, address: str) -> Self:
        """Return the bucket of `s3://bucket/prefix`; raises InkdexError.

        Credentials, region and endpoint are those of the AWS command line: AWS_ACCESS_KEY_ID,
        AWS_PROFILE, AWS_ENDPOINT_URL and others.
        """
        bucket, _, prefix = address.removeprefix(SCHEME).partition("/")
        if not bucket:
            raise InkdexError(f"{address} names no bucket; write s3://bucket or s3://bucket/folder")
        with _explained(address):
            s3 = boto3.client("s3")
        return cls(bucket, f"{prefix.rstrip('/')}/" if prefix else "", s3)

    @property
    def name(self) -> str:
        """The bucket and the prefix, so that two prefixes are two sources."""
        return f"{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def address(self) -> str:
        """The bucket and the prefix."""
        return f"{SCHEME}{self.bucket}/{self.prefix}"

    @property
    def pause(self) -> float:
        """Long enough that listing costs little."""
        return PAUSE_SECONDS

    def scan(self) -> Scan:
        """Return the objects; raises Away or InkdexError if they cannot be listed."""
        found = Scan()
        for each in self._listed():
            path = each["Key"].removeprefix(self.prefix)
            if path and not path.endswith("/"):
                self._note(found, path, each)
        return found

    def digest(self, path: str) -> str:
        """Read an object, and return its hash; raises Unreadable and Away."""
        digest = hashlib.sha256()
        for chunk in self._chunks(path):
            digest.update(chunk)
        return digest.hexdigest()

    def content(self, path: str) -> Content:
        """Fetch an object in the place of the last one; raises Unreadable and Away."""
        file = Path(self._folder.name) / "object"
        with file.open("wb") as written:
            for chunk in self._chunks(path):
                written.write(chunk)
        url = f"{SCHEME}{self.bucket}/{self.prefix}{path}"
        return Content(file, path, {"path": path, "url": url})

    def close(self) -> None:
        """Close the connections, and delete what was fetched."""
        self.s3.close()
        self._folder.cleanup()

    def _listed(self) -> Iterator[dict[str, Any]]:
        with _explained(self.address):
            pages = self.s3.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix):
                yield from page.get("Contents", ())

    def _note(self, found: Scan, path: str, listed: dict[str, Any]) -> None:
        parts = path.split("/")
        if any(part.startswith(".") for part in parts):
            found.skip("hidden", path)
        elif not TOOL_FOLDERS.isdisjoint(parts[:-1]):
            found.skip(IN_TOOL_FOLDERS, path)
        elif reason := unsupported(PurePosixPath(path).name):
            found.skip(reason, path)
        elif not listed["Size"]:
            found.skip(EMPTY, path)
        elif listed["Size"] > OBJECT_MAX_BYTES:
            found.problems[path] = f"is over {OBJECT_MAX_BYTES:,} bytes"
        else:
            found.files[path] = Found(path, f"{listed['ETag']}-{listed['Size']}")

    def _chunks(self, path: str) -> Iterator[bytes]:
        try:
            with _explained(self.address):
                answer = self.s3.get_object(Bucket=self.bucket, Key=self.prefix + path)
                yield from answer["Body"].iter_chunks(DIGESTED_BYTES)
        except Away:
            raise
        except InkdexError as error:
            raise Unreadable(str(error)) from None


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """Turn the errors of boto3 into InkdexError, and into Away if a later try may succeed."""
    try:
        yield
    except exceptions.ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        kind = Away if status >= 500 else InkdexError
        raise kind(f"{address} answers {code}: {message}") from None
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise Away(f"{address} does not answer: {error}") from None
    except exceptions.BotoCoreError as error:
        raise InkdexError(
            f"{address} cannot be opened: {error}. Credentials, region and endpoint are those of "
            "the AWS command line: AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and others."
        ) from None
