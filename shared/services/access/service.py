"""What decides who may do what: built once, and run while the API serves."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import psycopg
import structlog

from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.open_networks import OpenNetworks
from shared.domain.access_errors import FIRST_KEY
from shared.domain.database_errors import DatabaseUnavailable
from shared.services.access.audit_log import AuditLog
from shared.services.access.authenticator import Authenticator
from shared.services.access.key_service import KeyService
from shared.services.access.key_uses import KeyUses
from shared.services.access.open_requests import OpenRequests
from shared.services.access.tenant_service import TenantService
from shared.services.operations.background import together

log = structlog.get_logger()

REPORT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Access:
    authenticator: Authenticator
    open_requests: OpenRequests
    keys: KeyService
    tenants: TenantService
    audit: AuditLog
    uses: KeyUses
    served: str
    """The networks that are served as long as no key exists."""

    @classmethod
    def of(cls, settings: Settings, database: AsyncDatabase) -> "Access":
        uses = KeyUses(database)
        authenticator = Authenticator(
            database,
            settings.admin_key.get_secret_value(),
            OpenNetworks.parse(settings.open_networks),
            uses,
        )
        return cls(
            authenticator=authenticator,
            open_requests=OpenRequests(authenticator),
            keys=KeyService(database, has_admin_key=authenticator.has_admin_key),
            tenants=TenantService(database),
            audit=AuditLog(database),
            uses=uses,
            served=settings.open_networks,
        )

    async def run(self) -> None:
        """Check the requests that last, and store the uses of keys, until cancelled."""
        await together(self._report(), self.open_requests.run(), self.uses.run())

    async def _report(self) -> None:
        """Log that nobody needs a key, once the database answers."""
        while True:
            with suppress(DatabaseUnavailable, psycopg.Error):
                if not await self.authenticator.keys_exist():
                    log.warning(
                        "access.no_keys",
                        served=self.served,
                        remedy=FIRST_KEY,
                    )
                return
            await asyncio.sleep(REPORT_SECONDS)
