"""The Celery application that the API and the workers share."""

from typing import Any

from celery import Celery

from shared.adapters.celery.broker_url import tls_options, without_tls_options
from shared.adapters.celery.redis_transport import Transport
from shared.config import Settings
from shared.domain.documents.document import Lane

EMBED_DOCUMENTS = "inkdex.embed_documents"


def celery_app(settings: Settings) -> Celery:
    """Return Inkdex's Celery application, without tasks."""
    url = settings.redis_url.get_secret_value()
    app = Celery("inkdex", broker=without_tls_options(url), set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=False,
        task_default_queue=Lane.INTERACTIVE,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        **_broker_options(settings),
    )
    return app


def _broker_options(settings: Settings) -> dict[str, Any]:
    return {
        "broker_transport": f"{Transport.__module__}:{Transport.__qualname__}",
        "broker_use_ssl": tls_options(settings.redis_url.get_secret_value()),
        "broker_connection_max_retries": None,
        # A Redis that is full or a replica answers with errors, which would end a worker.
        "broker_channel_error_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_pool_acquire_timeout": settings.redis_timeout_seconds,
        "broker_transport_options": {
            "socket_connect_timeout": settings.redis_connect_timeout_seconds,
            "socket_timeout": settings.redis_timeout_seconds,
            "max_retries": 0,
        },
    }
