"""Chroma on the same work: a script that embeds in batches, and stores with an index kept.

Its source: https://github.com/chroma-core/chroma. Embedded, on disk, in one process: there is no
queue, and nothing that tries again.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Document
from bench.products import packages as elsewhere
from bench.servers import stub_model as instant
from shared.config import Settings

VERSION = "1.5.9"
SECONDS = 300
SCRIPT = Path(__file__).with_name("chroma_script.py")


def speed(model_url: str, found: Sequence[Document]) -> float:
    """Return the documents a second that are embedded and stored; raises Unavailable."""
    programs = elsewhere.install(f"chromadb=={VERSION}")
    ours = Settings()
    said = elsewhere.run(
        str(programs / "python"),
        str(SCRIPT),
        *(model_url, instant.MODEL, str(ours.hnsw_m), str(ours.hnsw_ef_construction)),
        stdin="".join(json.dumps(each) + "\n" for each in found),
        seconds=SECONDS,
    )
    return float(said)
