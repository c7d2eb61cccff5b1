"""`inkdex ask`: the answer as it comes, then its sources."""

import argparse
import sys

from inkdex.commands.output import complain, connect, one_line, printable, say, say_json
from inkdex.models.answers import Delta, Done, Queued, Source, Sources


def run(options: argparse.Namespace) -> int:
    """Print an answer. A question without an answer is refused: 1."""
    with connect(options) as inkdex:
        if options.json:
            answer = inkdex.ask(
                options.question, collection=options.collection, filter=options.filter
            )
            say_json(answer)
            return int(answer.refusal is not None)
        sources: list[Source] = []
        done: Done | None = None
        events = inkdex.ask_stream(
            options.question, collection=options.collection, filter=options.filter
        )
        for event in events:
            match event:
                case Sources():
                    sources = event.sources
                case Queued():
                    complain(f"Waiting for the model, at place {event.place}.")
                case Delta():
                    sys.stdout.write(printable(event.text))
                    sys.stdout.flush()
                case Done():
                    done = event
    return _end(sources, done)


def _end(sources: list[Source], done: Done | None) -> int:
    say("")
    for source in sources:
        place = f", {source.location.unit} {source.location.number}" if source.location else ""
        id_ = one_line(source.document)
        say(f"[{source.n}] {one_line(source.title or source.document)} ({id_}{place})")
    if done and done.degraded:
        complain(f"{done.degraded.reason}: {done.degraded.detail or done.degraded.served}")
    return int(done is not None and done.refusal is not None)
