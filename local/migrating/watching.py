"""Watches a migration until it needs nobody or somebody."""

import time

from local.migrating.client import Client, Migration
from local.migrating.progress_view import ProgressView
from local.output import console
from shared.domain.models.migration import FILLING_STATES, Cutover, MigrationState

POLL_SECONDS = 0.5


def watch(client: Client, migration: Migration, *, cutover_asked: bool = False) -> Migration:
    """Show the progress until searches use the new model, or until somebody has to ask for it."""
    with ProgressView(console) as view:
        view.show(migration)
        while _goes_on(migration, cutover_asked=cutover_asked):
            time.sleep(POLL_SECONDS)
            migration = client.read(migration)
            view.show(migration)
    return migration


def _goes_on(migration: Migration, *, cutover_asked: bool) -> bool:
    if migration["state"] not in FILLING_STATES:
        return False
    waits_for_a_person = migration["cutover"] == Cutover.MANUAL and not cutover_asked
    return not (waits_for_a_person and migration["state"] == MigrationState.READY)
