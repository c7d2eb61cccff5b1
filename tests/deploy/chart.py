"""`python -m tests.deploy.chart` writes what is derived from the Helm chart and from the settings.

That is the Kustomize base, and the names of settings in the chart's schema.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from helm_python.chart import Chart

from shared.config import Settings, variable_name

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
CHART = DEPLOY / "helm" / "inkdex"
BASE = DEPLOY / "kustomize" / "base"
SCHEMA = CHART / "values.schema.json"
HEADER = "# Rendered from deploy/helm/inkdex by `python -m tests.deploy.chart`. Change the chart.\n"

JOB_KEPT_SECONDS = 600

Object = dict[str, Any]
Values = Mapping[str, Any]

EXISTING: Values = {"secrets": {"existing": "inkdex"}}
SECRETS = frozenset(
    {
        *("DATABASE_URL", "DATABASE_DIRECT_URL", "DATABASE_REPLICA_URLS", "REDIS_URL"),
        *("INKDEX_ADMIN_KEY", "RERANK_API_KEY"),
    }
)
"""The settings of pods that are secrets. `FLOWER_BASIC_AUTH` is one too, and no setting of ours."""
OF_THE_CHART = frozenset(
    {
        *("API_PORT", "FLOWER_PORT", "INKDEX_API_HOST", "INKDEX_API_PROCESSES"),
        *("INKDEX_ALLOWED_HOSTS", "INKDEX_DRAIN_SECONDS"),
        *("INKDEX_WORKER_METRICS_HOST", "INKDEX_WORKER_METRICS_PORT"),
    }
)
"""The settings that the chart's other values decide."""
OF_A_CHECKOUT = frozenset(
    {
        *("INKDEX_DATA_DIR", "INKDEX_API_URL", "INKDEX_API_KEY", "INKDEX_MODEL_THREADS"),
        "INKDEX_WORKER_HEALTH_FILE",
    }
)


def rendered(values: Values, name: str = "inkdex", namespace: str = "default") -> dict[str, str]:
    """Return the text of each template of the chart; raises what Helm raises."""
    found = Chart.load(CHART).render(dict(values), name=name, namespace=namespace)
    return {path.partition("/templates/")[2]: text for path, text in found.items()}


def checked(values: Values) -> None:
    """Raise what `helm install` would complain about."""
    Chart.load(CHART).validate_schema(dict(values))
    rendered(values)


def objects(values: Values, name: str = "inkdex", namespace: str = "default") -> list[Object]:
    """Return the objects of the chart."""
    texts = rendered(values, name, namespace)
    found = (
        each
        for path, text in texts.items()
        if path.endswith(".yaml")
        for each in yaml.safe_load_all(text)
    )
    return [each for each in found if each]


def base() -> dict[str, str]:
    """Return the files of the Kustomize base."""
    files = {_file_name(each): HEADER + _as_text(_without_helm(each)) for each in objects(EXISTING)}
    list_ = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(files),
    }
    return files | {"kustomization.yaml": HEADER + _as_text(list_)}


def setting_names() -> list[str]:
    """Return the settings that `settings` of the values may have."""
    names = {variable_name(field) for field in Settings.model_fields}
    return sorted(names - SECRETS - OF_THE_CHART - OF_A_CHECKOUT)


def schema() -> str:
    """Return the chart's schema with the names of the settings of today."""
    found = json.loads(SCHEMA.read_text())
    scalar = {"type": ["string", "number", "integer", "boolean"]}
    found["properties"]["settings"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": dict.fromkeys(setting_names(), scalar),
    }
    return json.dumps(found, indent=2) + "\n"


def pods(found: list[Object]) -> Iterator[tuple[str, Object]]:
    """Yield the name and the specification of each pod."""
    for each in found:
        if each["kind"] in {"Deployment", "Job"}:
            yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def _file_name(each: Object) -> str:
    return f"{each['kind'].lower()}-{each['metadata']['name'].removeprefix('inkdex-')}.yaml"


def _without_helm(each: Object) -> Object:
    """Return an object without what only Helm reads, and what it says of itself."""
    metadata = dict(each["metadata"])
    metadata.pop("annotations", None)
    metadata["labels"] = _labels(metadata["labels"])
    copy = {**each, "metadata": metadata}
    if each["kind"] == "Job":  # its template cannot be changed
        copy["spec"] = {**each["spec"], "ttlSecondsAfterFinished": JOB_KEPT_SECONDS}
    if template := each.get("spec", {}).get("template"):
        labels = {"labels": _labels(template["metadata"]["labels"])}
        copy["spec"] = {**copy["spec"], "template": {**template, "metadata": labels}}
    return copy


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if not name.endswith("/managed-by")}


def _as_text(each: Object) -> str:
    return str(yaml.safe_dump(each, sort_keys=False, width=100))


def main() -> None:
    SCHEMA.write_text(schema())
    BASE.mkdir(parents=True, exist_ok=True)
    for old in BASE.glob("*.yaml"):
        old.unlink()
    for name, text in base().items():
        (BASE / name).write_text(text)


if __name__ == "__main__":
    main()
