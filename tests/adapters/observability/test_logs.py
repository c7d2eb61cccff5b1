import os
import subprocess
import sys

LOG_AND_PRINT = """
import structlog
from shared.adapters.observability.logs import configure_logging
configure_logging("info")
structlog.get_logger().info("log.unread")
print("went on")
"""


def test_a_log_that_cannot_be_written_does_not_stop_the_process() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", LOG_AND_PRINT],
        stdout=subprocess.PIPE,
        stderr=writer,
        check=False,
        timeout=30,
    )
    os.close(writer)
    assert done.stdout == b"went on\n"
