"""The Helm chart and the Kustomize base, without a cluster."""

import json
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from helm_python import HelmError, lint

from api.server import process_group
from shared import __version__
from shared.config import Settings, variable_name
from tests.deploy import by_hand, chart
from tests.deploy.chart import EXISTING, SECRETS, Object, Values, objects, pods
from worker import runtime

URLS = {
    "DATABASE_URL": "postgresql://inkdex:hunter2@db/inkdex",
    "REDIS_URL": "redis://:hunter2@redis:6379/0",
    "FLOWER_BASIC_AUTH": "inkdex:hunter2",
}
EVERYTHING: Values = {
    "image": {"repository": "example.org/inkdex", "digest": f"sha256:{'a' * 64}"},
    "secrets": {
        "existing": "",
        "names": [*URLS, *sorted(SECRETS - {*URLS})],
        "values": {
            **URLS,
            "DATABASE_DIRECT_URL": "postgresql://inkdex:hunter2@direct/inkdex",
            "DATABASE_REPLICA_URLS": "postgresql://inkdex:hunter2@replica/inkdex",
            "INKDEX_ADMIN_KEY": "hunter2" * 6,
            "RERANK_API_KEY": "hunter2",
        },
    },
    "caSecret": {"name": "authority"},
    "settings": {
        "EMBEDDING_MODEL": "nomic-embed-text",
        "INKDEX_MODEL_SLOTS": 8,
        "INKDEX_FILE_MAX_BYTES": 268435456,
        "INKDEX_EMBED_REQUEST_SECONDS": 0.5,
    },
    "hosts": ["search.example.org"],
    "extraHosts": ["search.internal"],
    "api": {
        "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "certificate"},
        "nodeSelector": {"disk": "ssd"},
        "annotations": {"example.org/team": "search"},
    },
    "worker": {"autoscaling": {"enabled": True, "max": 8}},
    "networkPolicy": {"flowerFrom": [{"podSelector": {"matchLabels": {"app": "proxy"}}}]},
    "serviceMonitor": {"enabled": True, "keySecret": {"name": "monitoring", "key": "key"}},
}
ALERTS = (chart.DEPLOY / "prometheus" / "alerts.yml").read_text()
CUSTOM = {"ServiceMonitor", "ScaledObject", "TriggerAuthentication"}
VERSIONS = ("1.28", "1.37")
"""The oldest that the chart admits, and the newest whose schemas the tests have."""


def only(kind: str, values: Values, part: str = "") -> Object:
    found = [
        each
        for each in objects(values)
        if each["kind"] == kind and each["metadata"]["name"].endswith(part)
    ]
    assert len(found) == 1, [each["metadata"]["name"] for each in found]
    return found[0]


def volume_of(pod: Object, name: str) -> Object:
    (found,) = (each for each in pod["volumes"] if each["name"] == name)
    return dict(found)


def variables(container: Object) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["env"]}


@pytest.mark.parametrize("values", [EXISTING, EVERYTHING], ids=["existing", "everything"])
def test_helm_finds_nothing_to_complain_about(values: Values) -> None:
    report = lint(chart.CHART, dict(values), strict=True)
    assert report["errors"] == []
    assert {each["severity"] for each in report["messages"]} <= {1}  # an icon is recommended


@pytest.mark.parametrize("values", [EXISTING, EVERYTHING], ids=["existing", "everything"])
@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_every_object(values: Values, version: str) -> None:
    found = objects(values)
    assert len(found) > 10
    for each in found:
        if each["kind"] not in CUSTOM:
            kubernetes_validate.validate(each, version, strict=True)


def test_it_installs_the_version_of_the_code() -> None:
    described = yaml.safe_load((chart.CHART / "Chart.yaml").read_text())
    assert described["appVersion"] == __version__
    images = {pod["containers"][0]["image"] for _, pod in pods(objects(EXISTING))}
    assert images == {f"inkdex:{__version__}"}


def test_a_digest_counts_before_the_tag() -> None:
    images = {pod["containers"][0]["image"] for _, pod in pods(objects(EVERYTHING))}
    assert images == {f"example.org/inkdex@sha256:{'a' * 64}"}


def test_every_pod_is_confined() -> None:
    found = dict(pods(objects(EVERYTHING)))
    assert len(found) == 4
    for name, pod in found.items():
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert "memory" in container["resources"]["limits"], name


def test_secrets_are_files_of_the_pods_that_need_them() -> None:
    needed = {
        "inkdex-api": SECRETS,
        "inkdex-worker": SECRETS,
        "inkdex-flower": {"REDIS_URL", "FLOWER_BASIC_AUTH"},
        f"inkdex-migrations-{__version__.replace('.', '-')}": {
            "DATABASE_URL",
            "DATABASE_DIRECT_URL",
        },
    }
    found = dict(pods(objects(EVERYTHING)))
    assert set(found) == set(needed)
    for name, secrets in needed.items():
        given = variables(found[name]["containers"][0])
        files = {n.removesuffix("_FILE"): path for n, path in given.items() if n.endswith("_FILE")}
        assert files == {each: f"/run/secrets/inkdex/{each}" for each in secrets}
        volume = volume_of(found[name], "secrets")
        assert {item["key"] for item in volume["secret"]["items"]} == secrets


def test_every_pod_has_the_certificate_of_a_private_authority() -> None:
    for name, pod in pods(objects(EVERYTHING)):
        secret = volume_of(pod, "ca")["secret"]
        assert secret == {"secretName": "authority", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
        paths = {each["name"]: each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
        assert paths["ca"] == "/run/ca", name
    for name, pod in pods(objects(EXISTING)):
        assert "ca" not in {each["name"] for each in pod["volumes"]}, name


def test_no_secret_is_outside_of_secrets() -> None:
    for each in objects(EVERYTHING):
        assert ("hunter2" in json.dumps(each)) == (each["kind"] == "Secret"), each["metadata"]


def test_the_migrations_run_before_what_the_release_makes_exists() -> None:
    hooks = [
        each
        for each in objects(EVERYTHING)
        if "helm.sh/hook" in each["metadata"].get("annotations", {})
    ]
    weights = {
        each["kind"]: int(each["metadata"]["annotations"]["helm.sh/hook-weight"]) for each in hooks
    }
    assert weights["Secret"] < weights["Job"]
    job = next(each for each in hooks if each["kind"] == "Job")["spec"]["template"]["spec"]
    made = {each["metadata"]["name"] for each in hooks if each["kind"] == "Secret"}
    assert volume_of(job, "secrets")["secret"]["secretName"] in made
    assert len(made) == 1
    assert "envFrom" not in job["containers"][0]


def test_every_variable_is_a_setting() -> None:
    known = {variable_name(field) for field in Settings.model_fields} | {"FLOWER_BASIC_AUTH"}
    for name, pod in pods(objects(EVERYTHING)):
        given = variables(pod["containers"][0])
        assert {each.removesuffix("_FILE") for each in given} <= known, name
    assert set(only("ConfigMap", EVERYTHING)["data"]) <= known


def test_a_stopping_api_has_time_to_drain() -> None:
    pod = only("Deployment", EXISTING, "-api")["spec"]["template"]["spec"]
    drain = float(variables(pod["containers"][0])["INKDEX_DRAIN_SECONDS"])
    readiness = pod["containers"][0]["readinessProbe"]
    assert drain > readiness["periodSeconds"] * readiness["failureThreshold"]
    assert pod["terminationGracePeriodSeconds"] > drain + process_group.STOP_SECONDS


def test_a_stopping_worker_has_time_to_give_up() -> None:
    pod = only("Deployment", EXISTING, "-worker")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > runtime.GRACE_SECONDS + runtime.STOP_SECONDS


def test_the_services_lead_to_ports_of_their_pods() -> None:
    found = objects(EXISTING)
    for service in (each for each in found if each["kind"] == "Service"):
        pod = only("Deployment", EXISTING, service["metadata"]["name"])["spec"]["template"]
        assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
        names = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= names


def test_the_api_and_flower_know_the_names_of_their_services() -> None:
    hosts = only("ConfigMap", EVERYTHING)["data"]["INKDEX_ALLOWED_HOSTS"].split(",")
    services = [each for each in objects(EVERYTHING) if each["kind"] == "Service"]
    names = {each["metadata"]["name"] for each in services} - {"inkdex-worker"}
    ends = ("", ".default", ".default.svc", ".default.svc.cluster.local")
    inside = {f"{name}{end}" for name in names for end in ends}
    assert set(hosts) == {*inside, "search.example.org", "search.internal"}


def test_numbers_are_written_as_settings_read_them() -> None:
    data = only("ConfigMap", EVERYTHING)["data"]
    assert data["INKDEX_FILE_MAX_BYTES"] == "268435456"
    assert data["INKDEX_EMBED_REQUEST_SECONDS"] == "0.5"
    assert data["INKDEX_MODEL_SLOTS"] == "8"


def test_only_named_peers_reach_flower_and_nobody_the_migrations() -> None:
    def peers(values: Values, part: str) -> list[Any]:
        policy = only("NetworkPolicy", values, part)["spec"]
        assert policy["policyTypes"] == ["Ingress"]
        return [peer for rule in policy["ingress"] for peer in rule["from"]]

    assert peers(EXISTING, "-flower") == []
    assert peers(EXISTING, "-migrations") == []
    assert peers(EVERYTHING, "-flower") == [{"podSelector": {"matchLabels": {"app": "proxy"}}}]
    assert len(peers(EXISTING, "-api")) == 3


def test_the_monitor_has_the_key_of_the_api_only() -> None:
    api = only("ServiceMonitor", EVERYTHING, "-api")["spec"]["endpoints"]
    worker = only("ServiceMonitor", EVERYTHING, "-worker")["spec"]["endpoints"]
    assert api[0]["authorization"]["credentials"] == {"name": "monitoring", "key": "key"}
    assert "authorization" not in worker[0]
    for part, (endpoint,) in (("api", api), ("worker", worker)):
        assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": f"inkdex-{part}"}]
        assert f'job="inkdex-{part}"' in ALERTS or part == "worker"


def test_an_autoscaler_asks_the_database_how_many_workers_it_needs() -> None:
    scaled = only("ScaledObject", EVERYTHING)["spec"]
    (trigger,) = scaled["triggers"]
    assert trigger["metadata"]["query"] == "SELECT sum(workers) FROM workers_wanted(60, 8)"
    assert (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (1, 8)
    deployment = only("Deployment", EVERYTHING, "-worker")
    assert scaled["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert "replicas" not in deployment["spec"]
    assert only("Deployment", EXISTING, "-worker")["spec"]["replicas"] == 2


def test_an_autoscaler_logs_in_with_the_secret_of_the_pods_or_its_own() -> None:
    (trigger,) = only("ScaledObject", EVERYTHING)["spec"]["triggers"]
    made = only("TriggerAuthentication", EVERYTHING)
    assert trigger["authenticationRef"] == {
        "name": made["metadata"]["name"],
        "kind": "TriggerAuthentication",
    }
    own = {"name": "keda-postgres", "kind": "ClusterTriggerAuthentication"}
    values = {**EXISTING, "worker": {"autoscaling": {"enabled": True, "authentication": own}}}
    (trigger,) = only("ScaledObject", values)["spec"]["triggers"]
    assert trigger["authenticationRef"] == own
    assert "TriggerAuthentication" not in {each["kind"] for each in objects(values)}


def test_a_pod_can_be_run_by_hand() -> None:
    found = dict(pods(objects(EXISTING)))
    line = by_hand.command(found["inkdex-api"], {"OLLAMA_HOST": "http://m"}, Path("/s"), ["--rm"])
    assert line[-3:] == ["python", "-m", "api"]
    given = {"--user=10001:10001", "--read-only=true", "--cap-drop=ALL", "--stop-timeout=20"}
    assert given <= set(line)
    assert "--env=OLLAMA_HOST=http://m" in line
    assert "--env=DATABASE_URL_FILE=/run/secrets/inkdex/DATABASE_URL" in line
    assert "--volume=/s/DATABASE_URL:/run/secrets/inkdex/DATABASE_URL:ro" in line
    job = by_hand.command(found["inkdex-migrations-0-1-0"], {"OLLAMA_HOST": "http://m"}, Path(), [])
    assert "--init" in job
    assert not any("OLLAMA_HOST" in each for each in job)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "Set secrets.existing, or secrets.values.DATABASE_URL"),
        ({**EXISTING, "settings": {"EMBEDING_MODEL": "x"}}, "EMBEDING_MODEL"),
        ({**EXISTING, "settings": {"DATABASE_URL": "postgresql://db/inkdex"}}, "DATABASE_URL"),
        ({**EXISTING, "replicas": 3}, "replicas"),
        ({**EXISTING, "worker": {"replicas": -1}}, "replicas"),
        ({**EXISTING, "caSecret": {"nam": "authority"}}, "nam"),
        ({"secrets": {"existing": "s", "names": ["REDIS_URL"]}}, "names"),
        ({**EXISTING, "api": {"ingress": {"enabled": True}}}, "An ingress needs a name in hosts"),
        ({"secrets": {"existing": "s", "names": ["DATABASE_URL", "REDIS_URL"]}}, "needs a login"),
    ],
)
def test_wrong_values_are_named(values: Values, complaint: str) -> None:
    with pytest.raises(HelmError, match=complaint):
        chart.checked(values)


def test_the_schema_has_the_settings_of_today() -> None:
    assert chart.SCHEMA.read_text() == chart.schema()


def test_the_kustomize_base_is_rendered_from_the_chart() -> None:
    written = {path.name: path.read_text() for path in chart.BASE.glob("*.yaml")}
    assert written == chart.base()
