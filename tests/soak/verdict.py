"""The verdict: every document is read back, every vector is made again, and a table shows it."""

import json
import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from shared.domain.embedding.chunks import embedded_text
from tests.soak.ledger import Entry, HotEntry, State, Tally, canonical
from tests.soak.requests import COLLECTION
from tests.support.invariants import USAGE, fresh_embeddings
from tests.support.processes import answers, eventually
from tests.support.system_database import SystemDatabase

SIMILAR = 0.999
VECTORS = """
SELECT d.id, d.title, d.content, d.content_hash, e.content_hash AS embedded_hash,
    e.chunks, c.start_offset, c.end_offset, c.embedding::text AS vector,
    count(c.*) OVER (PARTITION BY d.key, m.id) AS found, m.name AS model
FROM documents d LEFT JOIN collections r ON r.name = d.collection
JOIN embedding_models m ON m.id = r.previous_model_id OR m.id = coalesce(r.active_model_id,
    (SELECT id FROM embedding_models WHERE state = 'active'))
LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = m.id
LEFT JOIN chunks c ON c.document_key = d.key AND c.model_id = m.id
WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.document_key = d.key AND j.model_id = m.id)
"""
ORPHANS = """
SELECT 'chunk' AS kind, document_key FROM chunks c WHERE NOT EXISTS (SELECT FROM embeddings e
    WHERE (e.document_key, e.model_id) = (c.document_key, c.model_id))
UNION ALL SELECT 'embedding', document_key FROM embeddings
    WHERE document_key NOT IN (SELECT key FROM documents)
UNION ALL SELECT 'job', document_key FROM jobs
    WHERE document_key NOT IN (SELECT key FROM documents)
UNION ALL SELECT 'lexemes', document_key FROM document_texts
    WHERE document_key NOT IN (SELECT key FROM documents)
UNION ALL SELECT 'lease', document_key FROM jobs WHERE lease_token IS NOT NULL
UNION ALL SELECT 'vector of a model without a role', e.document_key
    FROM embeddings e JOIN documents d ON d.key = e.document_key
    JOIN collections r ON r.name = d.collection
    WHERE num_nonnulls(nullif(e.model_id = r.active_model_id, false),
        nullif(e.model_id = r.building_model_id, false),
        nullif(e.model_id = r.previous_model_id, false)) = 0
"""

TESTED = ("search of an own write", "search of hot documents", "events", "messages")


class Judged(Protocol):
    """The processes under test, as far as a verdict needs them."""

    database: SystemDatabase
    ollama_url: str

    def client(self, api: int = 0) -> httpx.Client: ...


@dataclass
class Verdict:
    """The outcome of every document, and how long each fault had an effect."""

    counts: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    blamed: list[str] = field(default_factory=list)
    miscounted: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """What was told wrongly: not, twice or in another order."""
    untested: list[str] = field(default_factory=list)
    """What the soak never did, so that it says nothing about it."""
    pending: int = 0
    stuck: list[str] = field(default_factory=list)
    recoveries: dict[str, list[float]] = field(default_factory=dict)

    def passes(self, tally: Tally) -> bool:
        damage = (self.lost, self.stale, self.orphans, self.blamed, self.stuck, self.miscounted)
        return not any((*damage, self.told, self.untested, tally.wrong)) and self.pending == 0

    def require(self, tally: Tally) -> None:
        """Note what must happen in each soak, and did not."""
        counts = tally.counts + self.counts
        self.untested += [name for name in TESTED if not counts[name]]


def judge(
    system: Judged, entries: Mapping[str, Entry], hot: Mapping[str, HotEntry], verdict: Verdict
) -> None:
    """Compare what is stored with what was answered."""
    client = system.client()
    eventually(lambda: answers(f"{client.base_url}/livez"), "an API answers", 30)
    stored = dict(documents(client))
    for id_, document in stored.items():
        _judge_status(id_, document, verdict)
    written: dict[str, Entry | HotEntry] = {**entries, **hot}
    for id_, entry in written.items():
        _judge_state(id_, entry, stored.get(id_), verdict)
    verdict.orphans += [f"{id_}: nobody wrote it" for id_ in stored.keys() - written.keys()]
    verdict.pending = system.database.pending()
    _judge_vectors(system, verdict)
    rows = system.database.rows(ORPHANS)
    verdict.orphans += [f"{row['kind']} of document {row['document_key']}" for row in rows]
    verdict.miscounted += map(str, system.database.rows(USAGE))


def documents(client: httpx.Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read every document over HTTP, as a user would."""
    params = {"collection": COLLECTION, "limit": "200"}
    while True:
        page = client.get("/v1/documents", params=params).raise_for_status().json()
        for item in page["items"]:
            yield item["id"], item
        if page["next_cursor"] is None:
            return
        params["cursor"] = page["next_cursor"]


def _judge_status(id_: str, document: dict[str, object], verdict: Verdict) -> None:
    status, error = str(document["status"]), document["error"]
    verdict.counts[status] += 1
    state = _state(document)
    if status == "failed":
        reason = error.get("message") if isinstance(error, dict) else None
        verdict.counts["failed with a reason"] += bool(reason)
        if not reason:
            verdict.lost.append(f"{id_}: failed without a reason")
        if not state.poison:
            verdict.blamed.append(f"{id_}: failed because of a server: {error}")
    elif status == "ready" and state.poison:
        verdict.stale.append(f"{id_}: ready, though its text can't be embedded")


def _judge_state(
    id_: str, entry: Entry | HotEntry, document: dict[str, object] | None, verdict: Verdict
) -> None:
    state = None if document is None else _state(document)
    if state not in entry.possible:
        verdict.lost.append(f"{id_}: is {state}, should be one of {entry.possible}")
    elif entry.unclear:
        verdict.counts["unanswered, taken" if state in entry.unclear else "unanswered, not"] += 1
    if isinstance(entry, Entry) and entry.acknowledged and state is None:
        verdict.counts["deleted"] += 1


def _judge_vectors(system: Judged, verdict: Verdict) -> None:
    rows = system.database.rows(VECTORS)
    made = [row for row in rows if row["vector"] is not None]
    for row in rows:
        if row["chunks"] != row["found"] or row["embedded_hash"] != row["content_hash"]:
            verdict.stale.append(f"{row['id']}: its embedding is incomplete or of another text")
    for model in {row["model"] for row in made}:
        _compare(system, model, [row for row in made if row["model"] == model], verdict)
    verdict.counts["vectors compared"] = len(made)


def _compare(
    system: Judged, model: str, rows: Sequence[Mapping[str, Any]], verdict: Verdict
) -> None:
    """Compare vectors with those that the model makes of the latest texts."""
    texts = [
        embedded_text(row["title"], row["content"][row["start_offset"] : row["end_offset"]])
        for row in rows
    ]
    for row, vector in zip(rows, fresh_embeddings(system.ollama_url, texts, model), strict=True):
        alike = _cosine(json.loads(row["vector"]), vector)
        if alike < SIMILAR:
            verdict.stale.append(f"{row['id']}: {alike:.4f} similar to its text's vector")


def _state(document: dict[str, object]) -> State:
    title, metadata = document["title"], document["metadata"]
    assert isinstance(metadata, dict)
    return State(
        None if title is None else str(title), str(document["content"]), canonical(metadata)
    )


def _cosine(a: Sequence[float], b: Sequence[float]) -> float:
    product = sum(x * y for x, y in zip(a, b, strict=True))
    return product / (math.hypot(*a) * math.hypot(*b) or math.inf)


# ---- The table


def table(verdict: Verdict, tally: Tally) -> str:
    """Return the table of a finished soak."""
    lines = [
        *_documents_table(verdict, tally),
        "",
        *_answers_table(tally),
        *_told_table(verdict),
        "",
    ]
    lines += _recovery_table(verdict.recoveries)
    for name in ("lost", "stale", "orphans", "blamed", "stuck", "miscounted", "told", "untested"):
        lines += _examples(name, getattr(verdict, name))
    lines += _examples("wrong answers", tally.wrong)
    return "\n".join(lines)


def _documents_table(verdict: Verdict, tally: Tally) -> list[str]:
    counts, asked = verdict.counts, tally.counts
    kinds = ("create", "edit", "metadata", "delete", "bulk line", "hot edit")
    return [
        _row("writes accepted", asked["accepted"], ", ".join(f"{asked[k]} {k}" for k in kinds)),
        _row("ready", counts["ready"], f"{counts['vectors compared']} vectors made again"),
        _row("failed with reason", counts["failed with a reason"], "all poison, or listed below"),
        _row("deleted", counts["deleted"]),
        _row(
            "documents in doubt",
            counts["unanswered, taken"] + counts["unanswered, not"],
            f"no answer, {counts['unanswered, taken']} of them written",
        ),
        _row("lost", len(verdict.lost), "must be 0"),
        _row("stale", len(verdict.stale), "must be 0"),
        _row("orphans", len(verdict.orphans), "must be 0"),
        _row("blamed for a fault", len(verdict.blamed), "must be 0"),
        _row("still pending", verdict.pending, "must be 0"),
        _row("told wrongly", len(verdict.told), "must be 0"),
        _row("wrong answers", len(tally.wrong), "must be 0"),
    ]


def _answers_table(tally: Tally) -> list[str]:
    asked = tally.counts
    refusals = {name: n for name, n in asked.items() if ":" in name}
    refused = ", ".join(f"{name} {n}" for name, n in sorted(refusals.items()))
    degraded = f"{asked['search degraded']} of them degraded"
    without = asked["semantic search without a model"]
    return [
        _row("searches answered", asked["search answered"], degraded),
        _row("of an own write", asked["search of an own write"], "each with its position"),
        _row("of shared documents", asked["search of hot documents"], "never older than seen"),
        _row("semantic, no model", without, "503, by contract"),
        _row("refused, unanswered", sum(refusals.values()), refused),
        _row("write p50 / max", _spread(tally.latencies), "seconds"),
        _row("without a fault", _spread(tally.quiet_latencies), "of APIs or PostgreSQL"),
    ]


def _told_table(verdict: Verdict) -> list[str]:
    counts = verdict.counts
    return [
        _row("changes streamed", counts["events"], f"to each reader, {counts['streams']} streams"),
        _row("webhook messages", counts["messages"], f"{counts['repeated']} events repeated"),
        _row("on the replica", counts["on the replica"], "searches since the APIs last started"),
    ]


def _recovery_table(recoveries: Mapping[str, Sequence[float]]) -> list[str]:
    lines = [f"{'seconds to recover':<48}{'count':>6}{'p50':>8}{'max':>8}"]
    for name, seconds in sorted(recoveries.items(), key=lambda pair: -max(pair[1])):
        middle = statistics.median(seconds)
        lines.append(f"{name:<48}{len(seconds):>6}{middle:>8.1f}{max(seconds):>8.1f}")
    return lines


def _row(name: str, value: object, note: str = "") -> str:
    return f"{name:<22}{value!s:>14}  {note}".rstrip()


def _spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.3f} / {max(seconds):.2f}" if seconds else "-"


def _examples(name: str, findings: Sequence[str]) -> list[str]:
    return [f"{name}: {finding}" for finding in findings[:10]]
