"""The state of the server, and what it can do."""

from inkdex.core.requests import in_query
from inkdex.core.steps import Call, Flow, Send
from inkdex.errors import error_of, problem_of
from inkdex.models.system import Activity, Description, Failures, Ready, Stats


def stats() -> Call[Stats]:
    """Return counts, rates and times."""
    return Call("GET", "/v1/stats", Stats.read)


def activity(*, hours: int | None = None, collection: str | None = None) -> Call[Activity]:
    """Return what happened in the last hours, 1 to 24, in one collection or in all."""
    query = in_query(hours=hours, collection=collection)
    return Call("GET", "/v1/activity", Activity.read, params=query)


def failures(*, collection: str | None = None) -> Call[Failures]:
    """Return what failed by reason, in one collection or in all that the key may read."""
    return Call("GET", "/v1/failures", Failures.read, params=in_query(collection=collection))


def ready() -> Flow[Ready]:
    """Say whether the server can serve, part by part, also where it cannot."""
    response = yield Send(Call("GET", "/readyz", Ready.read).request)
    try:
        return Ready.read(response.content)
    except ValueError:
        raise error_of(problem_of(response.status_code, response.content)) from None


def description() -> Call[Description]:
    """Return what the server can do, from its description."""
    return Call("GET", "/openapi.json", Description.read)
