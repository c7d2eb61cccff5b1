import re
import subprocess
import sys
from importlib.metadata import packages_distributions

from tests.deploy.conftest import CHECKOUT

START_EVERYTHING = """
import sys

absent = frozenset(sys.argv[1:])

class MissingPackages:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"{name} is not in requirements/runtime.lock", name=name)

sys.meta_path.insert(0, MissingPackages())

import alembic.command, flower.command, uvicorn, worker.flower
from api.app import create_app
from worker.tasks import app

create_app()
app.connection_for_write()
"""


def locked() -> set[str]:
    text = (CHECKOUT / "requirements" / "runtime.lock").read_text()
    return {normal(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_processes_import_only_packages_of_the_image() -> None:
    here = packages_distributions()
    image = locked()
    absent = [module for module, owners in here.items() if image.isdisjoint(map(normal, owners))]
    assert "pytest" in absent
    run = subprocess.run(
        [sys.executable, "-c", START_EVERYTHING, *absent],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
