"""docs/models.md lists every model that is known by name."""

from shared.domain.models.known_models import KNOWN_MODELS, KnownModel
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "models.md"


def test_every_known_model_is_listed() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    cells = [[cell.strip(" `") for cell in row.split("|")] for row in rows]
    listed = {row[1]: row[2:5] for row in cells}
    assert listed == {name: columns(model) for name, model in KNOWN_MODELS.items()}


def columns(model: KnownModel) -> list[str]:
    cuts = model.cuts
    if isinstance(cuts, range):
        shown = f"{cuts[0]} to {cuts[-1]:,}"
    else:
        shown = ", ".join(f"{cut:,}" for cut in cuts)
    return [f"{model.dimensions:,}", shown, f"{model.context_tokens:,}"]
