"""The page of keys has words for all that the audit records."""

import re

from shared.domain.models.migration import MigrationAction
from tests.support.paths import ROOT

ACTION = re.compile(r'"((?:key|tenant|collection|documents|model|webhook)\.[a-z-]+)"')


def test_every_recorded_action_has_words() -> None:
    sources = [path.read_text() for path in (ROOT / "shared" / "services").rglob("*.py")]
    recording = [text for text in sources if "done_by(" in text or "record_change(" in text]
    recorded = {action for text in recording for action in ACTION.findall(text)}
    recorded |= {f"model.{action}" for action in MigrationAction}
    words = (ROOT / "api" / "console" / "access" / "audit_words.js").read_text()
    assert "webhook.create" in recorded
    assert recorded == set(ACTION.findall(words))
