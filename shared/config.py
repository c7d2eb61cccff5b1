"""Every setting, read once from the environment or `.env`; units are in the names."""

from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65535)]
PortOrNone = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0)]


class Settings(BaseSettings):
    """The settings of one process, frozen after start.

    Plain names (`DATABASE_URL`) are the conventional ones; everything else is
    read as `INKDEX_<NAME>`. `.env.example` documents each.
    """

    model_config = SettingsConfigDict(
        env_prefix="INKDEX_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    database_url: SecretStr = Field(
        default=SecretStr("postgresql://127.0.0.1:5432/inkdex"),
        validation_alias=AliasChoices("DATABASE_URL"),
    )
    redis_url: SecretStr = Field(
        default=SecretStr("redis://127.0.0.1:6379/0"), validation_alias=AliasChoices("REDIS_URL")
    )
    ollama_host: str = Field(
        default="http://127.0.0.1:11434", validation_alias=AliasChoices("OLLAMA_HOST")
    )
    ollama_query_host: str = Field(
        default_factory=lambda given: given["ollama_host"],
        validation_alias=AliasChoices("OLLAMA_QUERY_HOST"),
    )
    embedding_model: str = Field(
        default="nomic-embed-text", validation_alias=AliasChoices("EMBEDDING_MODEL")
    )

    api_host: str = "127.0.0.1"
    api_url: str = ""
    allowed_hosts: str = ""
    api_port: Port = Field(default=8000, validation_alias=AliasChoices("API_PORT"))
    flower_port: Port = Field(default=5555, validation_alias=AliasChoices("FLOWER_PORT"))
    flower_url: Annotated[str, Field(pattern=r"^https?://\S+$")] = "http://127.0.0.1:{port}"
    data_dir: Path = Path(".inkdex")
    log_level: str = "INFO"
    model_threads: int = Field(default=2, ge=1)
    otel_exporter_otlp_endpoint: str = Field(
        default="", validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_ENDPOINT")
    )
    worker_metrics_host: str = "127.0.0.1"
    worker_metrics_port: PortOrNone = 9464

    document_max_bytes: int = Field(default=1024 * 1024, ge=1024)
    metadata_max_bytes: int = Field(default=64 * 1024, ge=256)
    pending_max_documents: int = Field(default=1_000_000, ge=0)
    bulk_max_streams: int = Field(default=16, ge=0)
    bulk_batch_documents: int = Field(default=200, ge=1, le=5000)

    database_pool_size: int = Field(default=16, ge=2)
    database_connect_timeout_seconds: Seconds = 2.0
    database_timeout_seconds: Seconds = 10.0
    redis_connect_timeout_seconds: Seconds = 1.0
    redis_timeout_seconds: Seconds = 2.0

    query_embed_budget_seconds: Seconds = 2.0
    query_cache_entries: int = Field(default=10_000, ge=0)
    query_cache_shared_entries: int = Field(default=20_000, ge=0)
    query_cache_keep_hours: Seconds = 168.0
    text_language: str = Field(default="english", pattern="^[a-z_]+$")
    hnsw_m: int = Field(default=16, ge=2, le=100)
    hnsw_ef_construction: int = Field(default=100, ge=4, le=1000)
    hnsw_ef_search: int = Field(default=120, ge=10, le=1000)

    document_prefix: str = "auto"
    query_prefix: str = "auto"
    chunk_tokens: int = Field(default=256, ge=32)
    embed_request_seconds: Seconds = 0.2
    embed_request_max_texts: int = Field(default=64, ge=1, le=1024)
    embed_request_max_tokens: int = Field(default=16_384, ge=256)
    embed_requests_at_a_time: int = Field(default=1, ge=1)
    embed_timeout_seconds: Seconds = 120.0
    claim_max_documents: int = Field(default=128, ge=1, le=10_000)
    worker_threads: int = Field(default=3, ge=2)
    job_lease_seconds: Seconds = 6.0
    job_max_attempts: int = Field(default=5, ge=1)
    job_retry_base_seconds: Seconds = 1.0
    job_retry_cap_seconds: Seconds = 60.0
    sweep_interval_seconds: Seconds = 1.0
    events_keep_hours: Seconds = 24.0
    webhook_allowed_networks: str = ""

    @field_validator("webhook_allowed_networks")
    @classmethod
    def _check_networks(cls, networks: str) -> str:
        for network in filter(None, networks.replace(" ", "").split(",")):
            ip_network(network)
        return networks

    @property
    def own_hosts(self) -> frozenset[str]:
        """The names in `allowed_hosts`."""
        return frozenset(self.allowed_hosts.lower().replace(",", " ").split())

    @property
    def flower_address(self) -> str:
        """Where a browser finds Flower."""
        return self.flower_url.replace("{port}", str(self.flower_port))

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, url: SecretStr) -> SecretStr:
        """Take SQLAlchemy's URLs too, and refuse what is none without showing it."""
        plain = url.get_secret_value().replace("postgresql+psycopg://", "postgresql://", 1)
        try:
            conninfo_to_dict(plain)
        except ProgrammingError:
            raise ValueError("is not a PostgreSQL URL, as in postgresql://host/name") from None
        return SecretStr(plain)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the process's settings."""
    return Settings()
