import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from shared.domain.errors import InvalidInput
from shared.domain.webhooks.signing import check_secret, new_secret, signed_headers


def test_secrets_follow_the_standard() -> None:
    check_secret(new_secret())
    assert new_secret() != new_secret()
    for bad in (
        "",
        "whsec_",
        "whsec_short",
        "whsec_" + "?" * 40,
        base64.b64encode(b"x" * 32).decode(),
    ):
        with pytest.raises(InvalidInput):
            check_secret(bad)


def test_a_signature_covers_id_time_and_body() -> None:
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    headers = signed_headers(secret, "1-2_3-4", 1_700_000_000, b'{"a": 1}')
    sent_at = datetime.fromtimestamp(1_700_000_000, UTC)
    assert headers == {
        "webhook-id": "1-2_3-4",
        "webhook-timestamp": "1700000000",
        "webhook-signature": Webhook(secret).sign("1-2_3-4", sent_at, '{"a": 1}'),
    }
