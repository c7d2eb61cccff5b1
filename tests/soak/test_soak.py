import subprocess
import sys

import pytest

from tests.support.paths import ROOT


@pytest.mark.stack
@pytest.mark.timeout(400)
def test_two_minutes_of_faults_lose_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--minutes", "2"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=380,
    )
    assert done.returncode == 0, done.stdout + done.stderr
