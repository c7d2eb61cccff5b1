"""The state of the server, and what it can do."""

from inkdex.core.steps import Call, Flow, Send
from inkdex.errors import error_of, problem_of
from inkdex.models.system import Description, Ready, Stats


def stats() -> Call[Stats]:
    """Return counts, rates and times."""
    return Call("GET", "/v1/stats", Stats.read)


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
