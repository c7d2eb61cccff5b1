"""Pages of metrics, as Prometheus reads them."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.support import loopback


def scrape(url: str) -> list[Sample]:
    answer = loopback.get(url).raise_for_status()
    return samples(answer.text)


def samples(page: str) -> list[Sample]:
    return [each for family in text_string_to_metric_families(page) for each in family.samples]


def value(page: list[Sample], name: str, labels: Mapping[str, str] | None = None) -> float:
    """Sum the samples of a name that have these labels."""
    wanted = (labels or {}).items()
    return sum(each.value for each in page if each.name == name and wanted <= each.labels.items())
