"""A bucket as a source, from a server that speaks S3."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import boto3
import pytest
from botocore.client import BaseClient
from inkdex import Inkdex, InkdexError
from inkdex.sources.bucket import Bucket
from inkdex.sources.origin import Away, Unreadable
from inkdex.sources.sync import Sync
from moto.server import ThreadedMotoServer

from tests.support.pdf_files import pdf

INK = b"# Ink\n\nIron gall ink darkens on paper.\n"
VELLUM = "Vellum is made of calf skin. " * 20


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[BaseClient]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }.items():
        monkeypatch.setenv(name, value)
    try:
        with closing(boto3.client("s3")) as client:
            client.create_bucket(Bucket="library")
            yield client
    finally:
        server.stop()


def test_a_bucket_is_synced_and_only_changed_objects_are_read(
    inkdex: Inkdex, collection: str, s3: BaseClient
) -> None:
    objects = {"ink.md": INK, "books/vellum.pdf": pdf([VELLUM]), "cat.jpg": b"x", ".hidden.md": INK}
    for key, content in objects.items():
        s3.put_object(Bucket="library", Key=f"texts/{key}", Body=content)
    s3.put_object(Bucket="library", Key="elsewhere.md", Body=INK)
    s3.put_object(Bucket="library", Key="texts/empty/", Body=b"")
    sync = Sync.of(inkdex, Bucket.of("s3://library/texts"), collection=collection)
    fetched: list[str] = []
    origin = sync.origin
    assert isinstance(origin, Bucket)
    origin.s3.meta.events.register(
        "provide-client-params.s3.GetObject",
        lambda params, **_: fetched.append(params["Key"]),
    )
    with sync.open():
        report = sync.run()
        assert sorted(report.plan.new) == ["books/vellum.pdf", "ink.md"]
        assert report.skipped == {"hidden": [".hidden.md"], ".jpg is not supported": ["cat.jpg"]}
        assert sorted(fetched) == ["texts/books/vellum.pdf", "texts/ink.md"]
        sync.reading.wait("extracting", seconds=90)
        hit = inkdex.search("calf skin", collection=collection, mode="text").hits[0]
        assert hit.document.metadata["url"] == "s3://library/texts/books/vellum.pdf"

        fetched.clear()
        s3.put_object(Bucket="library", Key="texts/ink.md", Body=b"# Ink\n\nIt is made of soot.\n")
        s3.copy_object(
            Bucket="library", Key="texts/skin.pdf", CopySource="library/texts/books/vellum.pdf"
        )
        s3.delete_object(Bucket="library", Key="texts/books/vellum.pdf")
        report = sync.run()
        assert report.plan.changed == ["ink.md"]
        assert report.plan.renamed == {"skin.pdf": "books/vellum.pdf"}
        assert set(fetched) == {"texts/ink.md", "texts/skin.pdf"}
        assert sync.look()[1].plan.unchanged == ["ink.md", "skin.pdf"]


@pytest.mark.usefixtures("s3")
def test_an_object_that_cannot_be_read_says_why() -> None:
    with closing(Bucket.of("s3://library")) as bucket, pytest.raises(Unreadable) as error:
        bucket.digest("missing.md")
    assert "NoSuchKey" in str(error.value)


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize(
    ("address", "message"), [("s3://", "names no bucket"), ("s3://nowhere", "NoSuchBucket")]
)
def test_a_bucket_that_cannot_be_listed_says_why(address: str, message: str) -> None:
    with pytest.raises(InkdexError, match=message), closing(Bucket.of(address)) as bucket:
        bucket.scan()


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_is_away_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with closing(Bucket.of("s3://library")) as bucket, pytest.raises(Away, match="not answer"):
        bucket.scan()
