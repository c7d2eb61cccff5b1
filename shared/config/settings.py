"""Every setting, read once from the environment or `.env`; units are in the names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import Stemmer
from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from shared.config.addresses import NO_URL, Addresses
from shared.config.checks import check_networks, check_origins
from shared.config.cores import usable_cores
from shared.config.names import PREFIX
from shared.config.secret_files import SecretFiles

Port = Annotated[int, Field(ge=1, le=65535)]
PortOrNone = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0)]

DEFAULT_PROCESSES_MAX = 4
THREADS_OF_A_FURTHER_SERVER = 2
REPLICA_CONNECT_SECONDS = 0.25
"""A search that gets no connection to a replica by then asks the primary."""
ADMIN_KEY_MIN_CHARACTERS = 32
NO_MODEL = "none"
"""An empty setting counts as one that is not set."""


class Settings(Addresses):
    """The settings of one process, frozen after start.

    Settings with a conventional name keep it, such as `DATABASE_URL`. All others are
    read from `INKDEX_<NAME>`. `.env.example` documents each.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where settings come from. The first that has a setting decides."""
        assert isinstance(env_settings, EnvSettingsSource)
        assert isinstance(dotenv_settings, DotEnvSettingsSource)
        variables = (env_settings.env_vars, dotenv_settings.env_vars)
        files = SecretFiles(settings_cls, variables)
        return init_settings, env_settings, dotenv_settings, files

    chat_model: str = Field(default="llama3.2", validation_alias=AliasChoices("CHAT_MODEL"))
    embedding_model: str = Field(
        default="nomic-embed-text", validation_alias=AliasChoices("EMBEDDING_MODEL")
    )

    api_host: str = "127.0.0.1"
    api_url: str = ""
    api_key: SecretStr = SecretStr("")
    admin_key: SecretStr = Field(
        default=SecretStr(""), description="a key that Inkdex has made, or at least 32 characters"
    )
    open_networks: str = Field(
        default="127.0.0.0/8,::1/128",
        description="networks separated by commas, such as 127.0.0.0/8,10.0.0.0/8",
    )
    audit_keep_days: int = Field(default=365, ge=1)
    allowed_hosts: str = ""
    browser_origins: str = ""
    api_processes: int = Field(default=0, ge=0, le=64)
    drain_seconds: float = Field(default=0.0, ge=0, le=600)
    connections_max: int = Field(default=1000, ge=10)
    event_streams_max: int = Field(default=200, ge=0)
    metrics_tenants_max: int = Field(default=50, ge=0)
    body_buffers_max_bytes: int = Field(default=64 * 1024 * 1024, ge=8 * 1024 * 1024)
    api_port: Port = Field(default=8000, validation_alias=AliasChoices("API_PORT"))
    flower_port: Port = Field(default=5555, validation_alias=AliasChoices("FLOWER_PORT"))
    flower_url: str = Field(
        default="http://127.0.0.1:{port}",
        pattern=r"^https?://\S+$",
        description="an address that begins with http:// or https://",
    )
    data_dir: Path = Path(".inkdex")
    log_level: str = Field(
        default="INFO",
        pattern="(?i)^(debug|info|warn|warning|error|fatal|critical|notset)$",
        description="DEBUG, INFO, WARNING or ERROR",
    )
    model_threads: int = Field(default=2, ge=1)
    otel_exporter_otlp_endpoint: str = Field(
        default="", validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_ENDPOINT")
    )
    worker_metrics_host: str = "127.0.0.1"
    worker_metrics_port: PortOrNone = 9464
    worker_health_file: str = ""

    document_max_bytes: int = Field(default=1024 * 1024, ge=1024)
    metadata_max_bytes: int = Field(default=64 * 1024, ge=256)
    pending_max_documents: int = Field(default=1_000_000, ge=0)
    bulk_max_streams: int = Field(default=16, ge=0)
    bulk_batch_documents: int = Field(default=200, ge=1, le=5000)
    file_max_bytes: int = Field(default=256 * 1024 * 1024, ge=1024)
    extract_seconds: Seconds = 120.0
    extract_memory_bytes: int = Field(default=1024**3, ge=256 * 1024**2)
    extract_pages_max: int = Field(default=5000, ge=1)
    extract_text_max_bytes: int = Field(default=512 * 1024**2, ge=1024**2)

    requests_per_minute: int = Field(default=0, ge=0)
    bytes_per_minute: int = Field(default=0, ge=0)
    tokens_per_minute: int = Field(default=0, ge=0)

    database_pool_size: int = Field(default=16, ge=2)
    database_connect_timeout_seconds: Seconds = 2.0
    database_replica_lag_seconds: Seconds = 5.0
    database_timeout_seconds: Seconds = 10.0
    redis_connect_timeout_seconds: Seconds = 1.0
    redis_timeout_seconds: Seconds = 2.0

    query_embed_budget_seconds: Seconds = 2.0
    query_cache_entries: int = Field(default=10_000, ge=0)
    query_cache_shared_entries: int = Field(default=20_000, ge=0)
    query_cache_keep_hours: Seconds = 168.0
    recent_queries: int = Field(default=1, ge=0, le=1)
    rerank_url: str = Field(
        default="",
        validation_alias=AliasChoices("RERANK_URL"),
        pattern=r"^(https?://\S+)?$",
        description="an address that begins with http:// or https://",
    )
    rerank_model: str = Field(default="", validation_alias=AliasChoices("RERANK_MODEL"))
    rerank_chat_model: str = Field(
        default="",
        validation_alias=AliasChoices("RERANK_CHAT_MODEL"),
        description="empty if RERANK_URL is set; choose one of them",
    )
    rerank_api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("RERANK_API_KEY")
    )
    rerank_seconds: Seconds = Field(default=2.0, validation_alias=AliasChoices("RERANK_SECONDS"))
    chat_context_tokens: int = Field(default=8192, ge=512)
    chat_max_tokens: int = Field(default=512, ge=1, le=4096)
    chat_keep_alive: str = Field(
        default="-1",
        pattern=r"^(-1|0|\d+(ms|s|m|h))$",
        description="-1 to keep the model loaded, 0, or a time such as 30m",
    )
    chat_first_token_seconds: Seconds = 120.0
    chat_token_seconds: Seconds = 30.0
    answer_source_tokens: int = Field(default=2048, ge=64)
    answer_history_turns: int = Field(default=3, ge=0, le=50)
    answer_summaries: int = Field(default=1, ge=0, le=1)
    answer_cache_entries: int = Field(default=2000, ge=0)
    answer_cache_keep_hours: Seconds = 24.0
    answer_semantic_cache: int = Field(default=0, ge=0, le=1)
    chat_slots: int = Field(default=1, ge=1)
    chat_queue_max: int = Field(default=16, ge=0)
    search_p50_target_ms: int = Field(default=200, ge=1)
    search_p99_target_ms: int = Field(default=500, ge=1)
    first_token_target_ms: int = Field(default=3000, ge=1)
    text_language: str = Field(
        default="english",
        description="simple, or the name of a language with a Snowball stemmer, such as english",
    )
    hnsw_m: int = Field(default=16, ge=2, le=100)
    hnsw_ef_construction: int = Field(default=100, ge=4, le=1000)
    hnsw_ef_search: int = Field(default=120, ge=10, le=1000)
    binary_index_chunks: int = Field(default=0, ge=0)

    document_prefix: str = "auto"
    query_prefix: str = "auto"
    chunk_tokens: int = Field(default=256, ge=32)
    embed_request_seconds: Seconds = 0.2
    embed_request_max_texts: int = Field(default=64, ge=1, le=1024)
    embed_request_max_tokens: int = Field(default=16_384, ge=256)
    embed_requests_at_a_time: int = Field(default=1, ge=1)
    embed_timeout_seconds: Seconds = 120.0
    claim_max_documents: int = Field(default=128, ge=1, le=10_000)
    model_slots: int = Field(default=4, ge=1)
    scaling_target_seconds: Seconds = 60.0
    worker_threads: int = Field(default=7, ge=2)
    job_lease_seconds: Seconds = 6.0
    job_max_attempts: int = Field(default=5, ge=1)
    job_retry_base_seconds: Seconds = 1.0
    job_retry_cap_seconds: Seconds = 60.0
    sweep_interval_seconds: Seconds = 1.0
    events_keep_hours: Seconds = 24.0
    events_keep_rows: int = Field(default=1_000_000, ge=1000)
    webhooks_max: int = Field(default=1000, ge=0)
    webhook_allowed_networks: str = Field(
        default="", description="networks separated by commas, such as 10.0.0.0/8,192.168.0.0/16"
    )

    @field_validator("text_language")
    @classmethod
    def _check_text_language(cls, language: str) -> str:
        if language not in {"simple", *Stemmer.algorithms()}:
            raise ValueError("not a known language")
        return language

    @field_validator("chat_model")
    @classmethod
    def _no_chat_model(cls, model: str) -> str:
        return "" if model == NO_MODEL else model

    @field_validator("rerank_chat_model")
    @classmethod
    def _check_one_reranker(cls, model: str, others: ValidationInfo) -> str:
        if model and others.data.get("rerank_url"):
            raise ValueError("there are two rerankers")
        return model

    @field_validator("admin_key")
    @classmethod
    def _check_admin_key(cls, key: SecretStr) -> SecretStr:
        if 0 < len(key.get_secret_value()) < ADMIN_KEY_MIN_CHARACTERS:
            raise ValueError("can be guessed")
        return key

    @field_validator("webhook_allowed_networks", "open_networks")
    @classmethod
    def _check_networks(cls, networks: str) -> str:
        check_networks(networks)
        return networks

    @field_validator("browser_origins")
    @classmethod
    def _check_origins(cls, origins: str) -> str:
        check_origins(origins)
        return origins

    @property
    def processes(self) -> int:
        """The number of API processes. PostgreSQL needs the other half of the cores."""
        return self.api_processes or max(1, min(usable_cores() // 2, DEFAULT_PROCESSES_MAX))

    @property
    def replicas(self) -> Sequence["Settings"]:
        """The settings of this process for each read replica in place of its database."""
        urls = map(SecretStr, self.database_replica_urls.get_secret_value().split())
        return [
            self.model_copy(
                update={
                    "database_url": url,
                    "database_direct_url": url if self.has_direct_url else SecretStr(NO_URL),
                    "database_connect_timeout_seconds": REPLICA_CONNECT_SECONDS,
                }
            )
            for url in urls
        ]

    @property
    def for_looks(self) -> "Settings":
        """The settings of a pool with one connection, which waits for no other work."""
        return self.model_copy(update={"database_pool_size": 1})

    @property
    def batches_at_a_time(self) -> int:
        """The threads of a worker. While one batch is stored, the server works on another."""
        return self.worker_threads + THREADS_OF_A_FURTHER_SERVER * (len(self.embed_hosts) - 1)

    @property
    def answers_at_a_time(self) -> int:
        """How many answers all chat servers write at the same time."""
        return self.chat_slots * len(self.chat_hosts)

    @property
    def own_hosts(self) -> frozenset[str]:
        """The names in `allowed_hosts`."""
        return frozenset(self.allowed_hosts.lower().replace(",", " ").split())

    @property
    def origins_of_pages(self) -> frozenset[str]:
        """The origins in `browser_origins`."""
        return frozenset(self.browser_origins.replace(",", " ").split())

    @property
    def flower_address(self) -> str:
        """Where a browser finds Flower."""
        return self.flower_url.replace("{port}", str(self.flower_port))
