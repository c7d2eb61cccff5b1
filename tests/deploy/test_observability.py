import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from shared.config import Settings
from tests.deploy.conftest import CHECKOUT
from tests.support import loopback

DEPLOY = CHECKOUT / "deploy"
PROMETHEUS_METRICS = {"up"}
SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
    "info": ("_info",),
}
STRINGS_RANGES_AND_GROUPS = re.compile(
    r'"[^"]*"|\[[^\]]*\]|\b(?:by|without|on|ignoring)\s*\([^)]*\)'
)
MATCHERS = re.compile(r"\{[^{}]*\}")
NAMES = re.compile(r"\b[a-z_][a-z0-9_]*\b(?!\s*\()")
OPERATORS = {"or", "and", "unless", "by", "bool"}


def metrics_of(expression: str) -> set[str]:
    """The names of the series in an expression."""
    bare = MATCHERS.sub("", STRINGS_RANGES_AND_GROUPS.sub("", expression))
    return set(NAMES.findall(bare)) - OPERATORS


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/inkdex.json").read_text())
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))


def exposed(url: str) -> set[str]:
    page = loopback.get(url).raise_for_status().text
    return {
        family.name + suffix
        for family in text_string_to_metric_families(page)
        for suffix in SUFFIXES[family.type]
    }


def test_the_metric_names_of_an_expression() -> None:
    expression = 'sum by (le) (rate(a_b{c="d", e=~"f|/{g}"}[5m])) / max(h) > 0.5 or vector(0)'
    assert metrics_of(expression) == {"a_b", "h"}


def test_rules_and_dashboard_use_metrics_that_exist(api: str, worker_metrics_port: int) -> None:
    shown = exposed(f"{api}/metrics") | exposed(f"http://127.0.0.1:{worker_metrics_port}/metrics")
    read = set().union(*map(metrics_of, expressions())) - PROMETHEUS_METRICS
    assert len(read) > 20
    assert read <= shown


def test_the_dashboard_shows_every_metric(api: str, worker_metrics_port: int) -> None:
    shown = exposed(f"{api}/metrics") | exposed(f"http://127.0.0.1:{worker_metrics_port}/metrics")
    read = set().union(*map(metrics_of, expressions()))
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in read}
    ours = {re.sub(r"_(bucket|sum|count)$", "", n) for n in shown if n.startswith("inkdex_")}
    assert ours - families == {"inkdex_documents_ready_last_minute"}  # /v1/stats has this figure


def test_each_alert_has_a_severity_and_a_summary() -> None:
    wanted = {"PendingOld", "FailureRate", "BreakerOpen", "SearchSlow", "WriteSlow", "WorkerAbsent"}
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for part in wanted:
        assert any(part in name for name in names), part
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]
        assert "for" in rule


def test_every_alert_is_explained() -> None:
    text = (CHECKOUT / "docs" / "observability.md").read_text()
    assert [rule["alert"] for rule in rules() if f"`{rule['alert']}`" not in text] == []


def test_panels_are_distinct_and_use_the_provisioned_source() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    sources = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text()
    )
    (source,) = sources["datasources"]
    for panel in panels:
        for target in panel.get("targets", []):
            assert target["datasource"]["uid"] == source["uid"]


def test_prometheus_scrapes_the_services_of_compose(services: dict[str, Any]) -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    scraped = {
        name: found["port"]
        for job in config["scrape_configs"]
        for found in job["dns_sd_configs"]
        for name in found["names"]
    }
    assert set(scraped) <= set(services)
    assert scraped["worker"] == Settings.model_fields["worker_metrics_port"].default
    assert str(scraped["api"]) in services["api"]["ports"][0].rsplit(":", 1)
    for path in config["rule_files"]:
        assert (DEPLOY / "prometheus" / path).exists()


def test_grafana_requires_a_login(services: dict[str, Any]) -> None:
    grafana = services["grafana"]
    assert grafana["environment"]["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert "GRAFANA_PASSWORD:?" in str(grafana["command"])
    for name in ("grafana", "prometheus"):
        assert services[name]["profiles"] == ["observability"]


def test_mounted_folders_exist_and_are_read_only(services: dict[str, Any]) -> None:
    for name in ("grafana", "prometheus"):
        folders = [v.split(":") for v in services[name]["volumes"] if v.startswith("./")]
        assert folders
        for source, _, mode in folders:
            assert (CHECKOUT / source).is_dir()
            assert mode == "ro"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_accepts_the_files(tmp_path: Path) -> None:
    panels = tmp_path / "panels.yml"
    asked = [each.replace("$__rate_interval", "5m") for each in expressions()]
    records = [{"record": f"panel:{n}", "expr": each} for n, each in enumerate(asked)]
    panels.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": records}]}))
    for what, path in (("config", DEPLOY / "prometheus" / "prometheus.yml"), ("rules", panels)):
        run = subprocess.run(
            ["promtool", "check", what, str(path)], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
