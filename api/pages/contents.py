"""The pages of the console, in the order of their links."""

from dataclasses import dataclass
from enum import Enum


class Link(Enum):
    """Where the link to a page is on a phone. On a wide screen all are in the side bar."""

    MAIN = "bottom"
    MENU = "menu"
    NONE = "nowhere"


@dataclass(frozen=True, slots=True)
class Page:
    """A page. Its template, its script and its icon have its name.

    `action`: without it, links to the page are hidden. `needs`: without all of these, the page
    says that the key does not allow it. `start`: the id of the element after the frame.
    `within`: the name of the page whose link stands for this one.
    """

    path: str
    name: str
    label: str
    description: str
    action: str
    needs: str
    start: str
    start_label: str
    styles: tuple[str, ...] = ()
    link: Link = Link.MENU
    of_collection: bool = True
    within: str = ""


PAGES = (
    Page(
        path="/",
        name="search",
        label="Search",
        description="Search documents by their words and their meaning.",
        action="search",
        needs="search",
        start="query",
        start_label="search",
        styles=("search/search", "search/hits", "search/strength", "search/facets"),
        link=Link.MAIN,
    ),
    Page(
        path="/console/ask",
        name="ask",
        label="Ask",
        description="Ask a question and get an answer from the documents, with its sources.",
        action="ask",
        needs="ask",
        start="question",
        start_label="the question",
        styles=("search/search", "ask/ask"),
        link=Link.MAIN,
    ),
    Page(
        path="/console/documents",
        name="documents",
        label="Documents",
        description="List, filter, move, export and delete documents.",
        action="documents.read",
        needs="documents.read documents.write",
        start="documents-list",
        start_label="the documents",
        styles=("search/search", "documents/documents", "documents/table"),
        link=Link.MAIN,
    ),
    Page(
        path="/console/document",
        name="document",
        label="Document",
        description="Read a document, write a new one, or change one.",
        action="documents.read",
        needs="documents.read documents.write",
        start="page-title",
        start_label="the document",
        styles=("documents/documents", "reader/reader", "search/strength", "editor/editor"),
        link=Link.NONE,
        within="documents",
    ),
    Page(
        path="/console/imports",
        name="imports",
        label="Imports",
        description="Import files, and see what happened to them.",
        action="documents.write",
        needs="documents.write",
        start="import-title",
        start_label="the import",
        styles=("documents/documents", "import/import"),
        link=Link.MAIN,
    ),
    Page(
        path="/console/models",
        name="models",
        label="Models",
        description="See the embedding models of a collection, and change them.",
        action="models",
        needs="models",
        start="migration-title",
        start_label="the migration",
        styles=("documents/documents", "models/models"),
    ),
    Page(
        path="/console/activity",
        name="activity",
        label="Activity",
        description="Queues, latency, workers and failures.",
        action="stats",
        needs="stats",
        start="now",
        start_label="the activity",
        styles=("activity/activity",),
        link=Link.MAIN,
    ),
    Page(
        path="/console/access",
        name="access",
        label="Access",
        description="Make and revoke keys, and manage tenants.",
        action="keys",
        needs="keys",
        start="keys-title",
        start_label="the keys",
        styles=("documents/documents", "access/access"),
        of_collection=False,
    ),
)
