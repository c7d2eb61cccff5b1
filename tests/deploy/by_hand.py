"""`python -m tests.deploy.by_hand api --secrets FOLDER` prints how Podman runs a pod of the chart.

So the image and the chart can be tried without a cluster: the command, user, files and limits are
those of the rendered pod. `FOLDER` has a file for each secret. Other options are Podman's, such as
`--network=host --env=API_PORT=8001`. With `--network=host`, add `--uts=private --hostname=NAME`:
workers are told apart by their host names.
"""

import argparse
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.deploy.chart import EXISTING, Object, objects, pods


def command(pod: Object, settings: dict[str, str], secrets: Path, more: list[str]) -> list[str]:
    """Return the command line that runs the container of a pod."""
    (container,) = pod["containers"]
    return [
        *("podman", "run", "--rm"),
        *_confined(pod, container),
        *_environment(container, settings),
        *_mounts(pod, container, secrets),
        *more,
        container["image"],
        *container["command"],
    ]


def _confined(pod: Object, container: Object) -> Iterator[str]:
    confined = container["securityContext"]
    of_pod = pod["securityContext"]
    yield f"--user={of_pod['runAsUser']}:{of_pod['runAsGroup']}"
    yield f"--memory={container['resources']['limits']['memory'].lower().removesuffix('i')}"
    yield f"--stop-timeout={pod['terminationGracePeriodSeconds']}"
    yield f"--read-only={confined['readOnlyRootFilesystem']}".lower()
    yield "--read-only-tmpfs=false"
    yield from (f"--cap-drop={each}" for each in confined["capabilities"]["drop"])
    if not confined["allowPrivilegeEscalation"]:
        yield "--security-opt=no-new-privileges"
    if pod.get("shareProcessNamespace"):  # another process is then process 1
        yield "--init"


def _environment(container: Object, settings: dict[str, str]) -> Iterator[str]:
    if "envFrom" in container:
        yield from (f"--env={name}={value}" for name, value in settings.items())
    yield from (f"--env={each['name']}={each['value']}" for each in container["env"])


def _mounts(pod: Object, container: Object, secrets: Path) -> Iterator[str]:
    volumes = {each["name"]: each for each in pod["volumes"]}
    for mount in container["volumeMounts"]:
        if "emptyDir" in volumes[mount["name"]]:
            yield f"--tmpfs={mount['mountPath']}:mode=1777"
            continue
        for item in volumes[mount["name"]]["secret"]["items"]:
            inside = f"{mount['mountPath']}/{item['path']}"
            yield f"--volume={(secrets / item['key']).absolute()}:{inside}:ro"


def main() -> None:
    found = objects(EXISTING)
    by_part = {name.removeprefix("inkdex-").partition("-")[0]: pod for name, pod in pods(found)}
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.by_hand")
    parser.add_argument("part", choices=sorted(by_part))
    parser.add_argument("--secrets", type=Path, required=True, metavar="FOLDER")
    options, more = parser.parse_known_args()
    settings = next(each["data"] for each in found if each["kind"] == "ConfigMap")
    line = command(by_part[options.part], settings, options.secrets, more)
    sys.stdout.write(f"{shlex.join(line)}\n")


if __name__ == "__main__":
    main()
