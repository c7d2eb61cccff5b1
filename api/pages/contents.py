"""What pages the console has."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """A page. Its template, its module and its style sheet bear its name.

    `action`: without it, links to the page are hidden. `needs`: without all of these, the page
    says that the key does not allow it. `start`: the id of the element after the frame. `icon`:
    the path of a drawing of 24 by 24; without one the page has no link in the frame. `is_main`:
    on a phone, its link is at the bottom and not in the menu.
    """

    path: str
    name: str
    label: str
    description: str
    action: str
    needs: str
    start: str
    start_label: str
    icon: str = ""
    styles: tuple[str, ...] = ()
    is_main: bool = False
    of_collection: bool = True


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
        icon="M10.500 4a6.500 6.500 0 1 0 0 13a6.500 6.500 0 1 0 0-13zM15.300 15.300L20.500 20.500",
        styles=("search/search", "documents/documents"),
        is_main=True,
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
        icon="M4.500 5h15a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H11l-4.500 3.500V17h-2a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z",
        styles=("search/search", "ask/ask"),
        is_main=True,
    ),
    Page(
        path="/console/documents",
        name="documents",
        label="Documents",
        description="List, write, change and delete documents.",
        action="documents.read",
        needs="documents.read documents.write",
        start="page-title",
        start_label="the documents",
        icon="M6 3.500h8l4.500 4.500v12.500H6zM13.500 3.500V8.500h5M9 12.500h6.500M9 16h6.500",
        styles=("documents/documents",),
        is_main=True,
    ),
    Page(
        path="/console/imports",
        name="imports",
        label="Imports",
        description="Import files, and see what became of them.",
        action="documents.write",
        needs="documents.write",
        start="import-title",
        start_label="the import",
        icon="M12 3.500V15M7.500 10.500L12 15l4.500-4.500M4 15.500v5h16v-5",
        styles=("import/import",),
        is_main=True,
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
        icon="M12 3.500l8 4.500-8 4.500L4 8zM4 12l8 4.500 8-4.500M4 16l8 4.500 8-4.500",
        styles=("documents/documents", "models/models"),
    ),
    Page(
        path="/console/activity",
        name="activity",
        label="Activity",
        description="Queues, latency, workers and failures.",
        action="stats",
        needs="stats",
        start="page-title",
        start_label="the activity",
        icon="M3 12.500h4l3-8 4.500 15 2.500-7H21",
        styles=("activity/activity",),
        is_main=True,
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
        icon="M8 11.500a4 4 0 1 0 0 .01zM11.500 13h9M17.500 13v3.500M20.500 13v2.500",
        styles=("documents/documents", "access/access"),
        of_collection=False,
    ),
)
"""In the order of their links."""
