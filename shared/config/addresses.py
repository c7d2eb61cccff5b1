"""The addresses of PostgreSQL, Redis and the model servers."""

from collections.abc import Sequence

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from shared.config.checks import is_one_server, plain_database_url, replica_url
from shared.config.model_hosts import Role, addresses_of, parse_hosts

NO_URL = "none"


class Addresses(BaseSettings):
    """Where the parts are that a process works with. They keep their conventional names."""

    database_url: SecretStr = Field(
        default=SecretStr("postgresql://127.0.0.1:5432/inkdex"),
        validation_alias=AliasChoices("DATABASE_URL"),
        description="a PostgreSQL URL, such as postgresql://host/name",
    )
    database_direct_url: SecretStr = Field(
        default_factory=lambda given: given["database_url"],
        validation_alias=AliasChoices("DATABASE_DIRECT_URL"),
        description="a PostgreSQL URL that does not lead to a connection pooler, or none",
    )
    database_replica_urls: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=AliasChoices("DATABASE_REPLICA_URLS"),
        description="PostgreSQL URLs of read replicas, with spaces between them",
    )
    redis_url: SecretStr = Field(
        default=SecretStr("redis://127.0.0.1:6379/0"),
        validation_alias=AliasChoices("REDIS_URL"),
        description="the redis:// or rediss:// URL of one server. TLS verifies the certificate."
        " Redis Cluster and Sentinel are not supported",
    )
    ollama_host: str = Field(
        default="http://127.0.0.1:11434", validation_alias=AliasChoices("OLLAMA_HOST")
    )
    ollama_query_host: str = Field(
        default_factory=lambda given: given["ollama_host"],
        validation_alias=AliasChoices("OLLAMA_QUERY_HOST"),
    )
    ollama_chat_host: str = Field(
        default_factory=lambda given: given["ollama_host"],
        validation_alias=AliasChoices("OLLAMA_CHAT_HOST"),
    )
    ollama_hosts: str = Field(
        default="",
        validation_alias=AliasChoices("OLLAMA_HOSTS"),
        description="different addresses without a password, separated by commas, each with its"
        " roles if it has not all, and a server for each role, such as"
        " http://gpu1:11434=embed+query,http://gpu2:11434=embed,http://gpu3:11434=chat",
    )

    @property
    def has_direct_url(self) -> bool:
        """Whether the database has an address that lends sessions, not only transactions."""
        return self.database_direct_url.get_secret_value() != NO_URL

    @property
    def embed_hosts(self) -> Sequence[str]:
        """The addresses of the servers that embed documents. The first one leads."""
        return addresses_of(self.ollama_hosts, Role.EMBED) or (self.ollama_host,)

    @property
    def query_hosts(self) -> Sequence[str]:
        """The addresses of the servers that embed queries."""
        return addresses_of(self.ollama_hosts, Role.QUERY) or (self.ollama_query_host,)

    @property
    def chat_hosts(self) -> Sequence[str]:
        """The addresses of the servers that chat."""
        return addresses_of(self.ollama_hosts, Role.CHAT) or (self.ollama_chat_host,)

    @field_validator("ollama_hosts")
    @classmethod
    def _check_ollama_hosts(cls, hosts: str) -> str:
        parse_hosts(hosts)
        return hosts

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, url: SecretStr) -> SecretStr:
        """Accept one server. Its certificate must be verified. An error does not show the URL."""
        try:
            accepted = is_one_server(url.get_secret_value())
        except ValueError:
            accepted = False
        if not accepted:
            raise ValueError("not the URL of one Redis server")
        return url

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, url: SecretStr) -> SecretStr:
        """Accept SQLAlchemy's form of the URL, too. An error does not show the URL."""
        return SecretStr(plain_database_url(url.get_secret_value()))

    @field_validator("database_direct_url")
    @classmethod
    def _check_direct_url(cls, url: SecretStr) -> SecretStr:
        return url if url.get_secret_value() == NO_URL else cls._check_database_url(url)

    @field_validator("database_replica_urls")
    @classmethod
    def _check_replica_urls(cls, urls: SecretStr) -> SecretStr:
        return SecretStr(" ".join(map(replica_url, urls.get_secret_value().split())))
