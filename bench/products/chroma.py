"""Measures Chroma: a script that embeds in batches and stores into an indexed collection.

Source: https://github.com/chroma-core/chroma. Chroma runs inside the script and stores on disk.
It has no queue and no retries.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Document
from bench.products import packages
from bench.servers import stub_model
from shared.config import Settings

VERSION = "1.5.9"
SECONDS = 300
SCRIPT = Path(__file__).with_name("chroma_script.py")


def speed(model_url: str, documents: Sequence[Document]) -> float:
    """Return the documents embedded and stored per second. Raises Unavailable."""
    programs = packages.install(f"chromadb=={VERSION}")
    settings = Settings()
    output = packages.run(
        str(programs / "python"),
        str(SCRIPT),
        *(model_url, stub_model.MODEL, str(settings.hnsw_m), str(settings.hnsw_ef_construction)),
        stdin="".join(json.dumps(each) + "\n" for each in documents),
        seconds=SECONDS,
    )
    return float(output)
