"""Cursors that hold the key of a row, sealed because keys count the rows of all tenants."""

from shared.domain.errors import FieldError, InvalidInput
from shared.domain.refs import Tenant
from shared.ports.sealing import Sealed, Sealing

KEY_BYTES = 8


class KeyCursors:
    """The cursors of a tenant, of one kind."""

    def __init__(self, sealing: Sealing, tenant: Tenant, kind: Sealed) -> None:
        self._sealing = sealing
        self._tenant = tenant
        self._kind = kind

    def text(self, key: int) -> str:
        return self._sealing.seal(self._kind, self._tenant, key.to_bytes(KEY_BYTES))

    def key(self, text: str, parameter: str) -> int:
        """Return the key of a cursor; raises InvalidInput for the parameter of the query."""
        content = self._sealing.open(self._kind, self._tenant, text)
        if content is None:
            message = "is not a cursor that this API returned"
            raise InvalidInput(FieldError(("query", parameter), message))
        return int.from_bytes(content)
