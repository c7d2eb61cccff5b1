"""Rows of PostgreSQL as a source: what is written, what is embedded, and what is said."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from inkdex import Inkdex, InkdexError
from inkdex.errors import Forbidden, Problem
from inkdex.sources.origin import Away
from inkdex.sources.row_sending import RowSender
from inkdex.sources.row_shape import RowShape, Template
from inkdex.sources.sending import QUOTA_EXCEEDED
from inkdex.sources.source import Source
from inkdex.sources.table import Table

from tests.client.conftest import run_inkdex, ten_minutes_pass
from tests.support.databases import create_database, drop_database
from tests.support.proxy import Proxy
from tests.support.system import System

ROWS = """
CREATE SCHEMA shop;
CREATE TABLE shop."Products" (
  sku text PRIMARY KEY, name text, description text, price numeric, tags text[], added date,
  photo bytea
);
INSERT INTO shop."Products" VALUES
  ('i-1', 'Ink', 'Iron gall ink darkens on paper.', 4.50, '{black,classic}', '2026-11-01', '\\x00'),
  ('q-1', 'Quill', 'A feather of a goose, cut to write.', 3, NULL, '2026-11-02', NULL),
  ('p-1', 'Paper', 'Made of fibres and rags.', 0.25, '{rag}', NULL, NULL),
  ('e-1', NULL, NULL, 1, NULL, NULL, NULL);
"""
TEMPLATE = "{name}\n\n{description}"
OF_PRODUCTS = ("--table", "shop.Products", "--template", TEMPLATE, "--title", "name", "--json")


class Shop:
    """A database with products, and the source that they are."""

    def __init__(self, url: str, system: System, state: Path) -> None:
        self.url = url
        self._system = system
        self.state = state
        self.api = str(system.client().base_url)

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def sync(self, *more: str, status: int = 0) -> dict[str, Any]:
        done = run_inkdex(self.api, self.state, "sync", self.url, *OF_PRODUCTS, *more)
        assert done.returncode == status, done.stdout + done.stderr
        self._system.settle()
        report: dict[str, Any] = json.loads(done.stdout)
        return report


@pytest.fixture
def shop_url(postgres_url: str) -> Iterator[str]:
    url = create_database(postgres_url, "shop")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ROWS.encode())
    yield url
    drop_database(postgres_url, "shop")


@pytest.fixture
def shop(shop_url: str, system: System, tmp_path: Path) -> Shop:
    return Shop(shop_url, system, tmp_path / "state")


def test_only_a_changed_text_is_embedded(shop: Shop, proxy: Proxy) -> None:
    assert shop.sync("--dry-run")["new"] == ["i-1", "q-1", "p-1"]
    report = shop.sync()
    assert report["new"] == ["i-1", "q-1", "p-1"]
    assert report["skipped"] == {"rows without a text": ["e-1"]}
    with Inkdex(shop.api) as inkdex:
        ink = inkdex.documents.get("shop/shop.Products/i-1")
        assert (ink.title, ink.content) == ("Ink", "Ink\n\nIron gall ink darkens on paper.")
        assert ink.metadata == {
            "sku": "i-1",
            "price": 4.5,
            "tags": ["black", "classic"],
            "added": "2026-11-01",
            "source": "shop/shop.Products",
        }
        assert (
            inkdex.search("goose feather", limit=1).hits[0].document.id == "shop/shop.Products/q-1"
        )
        proxy.forget()

        shop.execute("""UPDATE shop."Products" SET price = 5 WHERE sku = 'i-1'""")
        assert shop.sync()["changed"] == ["i-1"]
        assert inkdex.documents.get("shop/shop.Products/i-1").metadata["price"] == 5
        assert proxy.texts == []

        shop.execute("""UPDATE shop."Products" SET sku = 'i-2' WHERE sku = 'i-1'""")
        assert shop.sync()["renamed"] == {}  # its metadata has the number, so it is another row
        shop.execute("""UPDATE shop."Products" SET description = 'Of linen.' WHERE sku = 'p-1'""")
        shop.execute("""DELETE FROM shop."Products" WHERE sku = 'q-1'""")
        report = shop.sync()
        assert report["changed"] == ["p-1"]
        # On a busy machine a minute has gone by since the first was missed.
        assert sorted(report["absent"] + report["removed"]) == ["i-1", "q-1"]
        assert [text.splitlines()[0] for text in proxy.texts] == ["Paper"]
        assert report["unchanged"] == 1


def test_a_row_that_the_server_lost_is_sent_again(shop: Shop) -> None:
    shop.sync()
    with Inkdex(shop.api) as inkdex:
        inkdex.documents.delete("shop/shop.Products/q-1")
        assert shop.sync()["unchanged"] == 3
        ten_minutes_pass(shop.state)
        report = shop.sync()
        assert (report["new"], report["unchanged"]) == (["q-1"], 2)
        assert shop.sync()["unchanged"] == 3
        assert inkdex.documents.get("shop/shop.Products/q-1").title == "Quill"


def test_a_row_that_is_refused_is_named(shop: Shop) -> None:
    shop.execute(
        """INSERT INTO shop."Products" (sku, name, price) VALUES (repeat('x', 300), 'Nib', 1)"""
    )
    report = shop.sync(status=1)
    assert list(report["refused"]) == ["x" * 300]
    assert "shorten" in report["refused"]["x" * 300]
    with Inkdex(shop.api) as inkdex:
        assert len(list(inkdex.documents.list())) == 3


def test_a_query_chooses_and_names_columns(shop_url: str) -> None:
    query = 'SELECT sku AS id, name AS title, description AS content FROM shop."Products" ;'
    table = Table.of(shop_url, None, query, RowShape())
    assert list(table.scan().files) == ["i-1", "q-1", "p-1"]
    rows = {row.path: row.document for row in table.rows(["p-1", "gone"])}
    assert rows == {
        "p-1": {"content": "Made of fibres and rags.", "title": "Paper", "metadata": {"id": "p-1"}}
    }
    assert "shop" in table.address
    assert str(psycopg.conninfo.conninfo_to_dict(shop_url)["password"]) not in table.address


def test_every_value_can_be_read_and_the_key_is_that_of_the_table(shop_url: str) -> None:
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute(
            """CREATE TABLE offers (
                 shop int, number int, note text, price numeric(20, 2), until timestamptz,
                 PRIMARY KEY (shop, number) INCLUDE (note)
               );
               INSERT INTO offers VALUES
                 (1, 2, 'Ink', 12345678901234567.80, 'infinity'),
                 (1, 3, 'Nib', 4.50, '2026-11-01 12:00+02')"""
        )
    table = Table.of(shop_url, "offers", None, RowShape((), Template.of("{note}: {price}")))
    rows = {row.path: row.document for row in table.rows(["1/2", "1/3"])}
    assert rows["1/2"]["content"] == "Ink: 12345678901234567.80"
    assert rows["1/2"]["metadata"]["until"] == "infinity"
    assert rows["1/3"]["content"] == "Nib: 4.50"
    assert rows["1/3"]["metadata"]["until"] == "2026-11-01T10:00:00+00:00"


def test_rows_beyond_a_quota_are_named_and_not_forgotten(
    inkdex: Inkdex, collection: str, shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        title = "No more documents are allowed."
        raise Forbidden(Problem(type=f"/errors/{QUOTA_EXCEEDED}", title=title, status=403))

    monkeypatch.setattr(inkdex.documents, "bulk", refuse)
    table = Table.of(shop_url, "shop.Products", None, RowShape((), Template.of(TEMPLATE)))
    sender = RowSender(inkdex, table, Source.of("shop"), collection)
    sent = list(sender.send(["i-1"]))
    assert [(each.id, each.sha256) for each in sent] == [("shop/i-1", "")]
    assert list(sender.refused) == ["i-1"]


def test_two_rows_with_one_id_are_a_problem(shop_url: str) -> None:
    shape = RowShape(("price",), Template.of("{name}"))
    query = "SELECT name, 1 AS price FROM shop.\"Products\" UNION ALL SELECT 'Pen', NULL"
    found = Table.of(shop_url, None, query, shape).scan()
    assert found.files == {}
    assert found.problems == {"1": "more than one row has this id"}
    assert found.skipped == {"rows without an id": ["NULL"], "rows without a text": ["1"]}


@pytest.mark.parametrize(
    ("table", "query", "message"),
    [
        (None, None, "Name a table"),
        ("shop.Products", "SELECT 1", "Name a table"),
        ("shop.Products", None, "no column content. The columns are sku, name"),
        ("products", None, 'relation "products" does not exist'),
        ("shop.Orders; DROP TABLE shop", None, "does not exist"),
        (None, "SELECT 'a' AS id, 'b' AS content, 'c' AS source", "another name"),
        (None, 'DELETE FROM shop."Products"', "syntax error|cannot execute"),
        (None, "SELECT 'a' AS id, 'b' AS content, 1 / 0 AS wrong", "division by zero"),
        (None, "SELECT 'a' AS id, 'b' AS id, 'c' AS content", "Two columns are called id"),
    ],
    ids=range(9),
)
def test_what_cannot_be_read_says_why(
    shop_url: str, table: str | None, query: str | None, message: str
) -> None:
    with pytest.raises(InkdexError, match=message):
        Table.of(shop_url, table, query, RowShape()).scan()


def test_a_table_without_a_key_needs_a_name_for_it(shop_url: str) -> None:
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE notes AS SELECT 7 AS number, 'Ink.' AS content")
    with pytest.raises(InkdexError, match="notes has no primary key"):
        Table.of(shop_url, "notes", None, RowShape()).scan()
    assert list(Table.of(shop_url, "notes", None, RowShape(("number",))).scan().files) == ["7"]


def test_a_database_that_is_away_may_come_back() -> None:
    with pytest.raises(Away, match="cannot be reached"):
        Table.of("postgresql://127.0.0.1:9/a", "b", None, RowShape()).scan()


@pytest.mark.parametrize("text", ["{", "{}", "{a.b!r}", "{a:>9}", "}"])
def test_templates_hold_names_only(text: str) -> None:
    with pytest.raises(InkdexError, match="--template"):
        Template.of(text)


def test_values_are_those_of_json() -> None:
    shape = RowShape(("a", "b"), Template.of("{{{text}}} {none}|{flag}"))
    row = shape.row(
        {
            "a": UUID(int=1),
            "b": Decimal("2.0"),
            "text": "é",
            "none": None,
            "flag": True,
            "when": datetime(2026, 11, 1, tzinfo=UTC),
            "days": [date(2026, 11, 1)],
            "nan": float("nan"),
            "map": {"k": Decimal("0.5")},
            "raw": b"x",
        }
    )
    assert row.path == "00000000-0000-0000-0000-000000000001/2.0"
    assert row.document["content"] == "{é} |true"
    assert row.document["metadata"] == {
        "a": str(UUID(int=1)),
        "b": 2,
        "when": "2026-11-01T00:00:00+00:00",
        "days": ["2026-11-01"],
        "map": {"k": 0.5},
    }
