"""The last step of the demo: it asks a question and checks the citations of the answer."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from local.demo.client import Client

QUESTION = "What does shutil.copytree do with symbolic links?"
ANSWERED = {"stop", "length", "quotations", "not_in_documents"}
STEPS = {
    "retrieve": "search",
    "queue": "queue",
    "load": "loading the model",
    "prefill": "reading the prompt",
    "decode": "writing",
    "total": "total",
}
QUOTE_CHARACTERS = 90

Answer = Mapping[str, Any]

console = Console(highlight=False)


async def ask(client: Client) -> bool:
    """Ask, and show the answer. Return whether it came and each citation is verbatim."""
    console.print(f"\nAsking a question\n\n[bold]{QUESTION}[/]")
    with console.status("  waiting for the answer"):
        answer = await client.ask(QUESTION)
    _show(answer)
    wrong = await _not_verbatim(client, answer["citations"])
    if wrong:
        console.print(f"[red]{len(wrong)} citations are not in their documents.[/]")
    return answer["finish_reason"] in ANSWERED and not wrong


async def _not_verbatim(client: Client, citations: list[Answer]) -> list[Answer]:
    """Return the citations whose words are not where they are said to be."""
    quoted = [each for each in citations if each["document"]]
    contents = {id_: await client.content(id_) for id_ in {each["document"] for each in quoted}}
    return [
        each
        for each in quoted
        if contents[each["document"]][each["start"] : each["end"]] != each["quote"]
    ]


def _show(answer: Answer) -> None:
    _print(" ".join(answer["answer"].split()))
    for each in answer["citations"]:
        console.print(_citation(each), overflow="ellipsis", no_wrap=True)
    sources = ", ".join(f"[{each['n']}] {each['document']}" for each in answer["sources"])
    if not answer["citations"]:
        _print("The answer cites no source.", "yellow")
    console.print()
    _print(f"Sources: {sources or 'none'}")
    _print(f"Answered by {answer['model'] or 'quotations'}: {_timings(answer)}")
    if answer["degraded"]:
        _print(answer["degraded"]["detail"], "yellow")


def _print(text: str, style: str = "") -> None:
    console.print(Padding(Text(text, style=style), (0, 2)))


def _citation(citation: Answer) -> Text:
    if not citation["document"]:
        return Text("  a quotation that is in no source", style="yellow")
    where = f"{citation['document']}, {citation['start']} to {citation['end']}"
    quote = " ".join(citation["quote"].split())[:QUOTE_CHARACTERS]
    return Text(f"  [{citation['n']}] ").append(where, style="cyan").append(f"  {quote}")


def _timings(answer: Answer) -> str:
    measured = {name: answer["timings_ms"][step] for step, name in STEPS.items()}
    return ", ".join(f"{name} {each:,.0f} ms" for name, each in measured.items() if each)
