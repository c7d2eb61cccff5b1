import pytest
from pydantic import SecretStr

from shared.config import Settings


def test_an_invalid_database_url_is_not_quoted() -> None:
    with pytest.raises(ValueError, match="PostgreSQL URL") as caught:
        Settings(database_url=SecretStr("mysql+x://user:S3CRET@host/db"))
    assert "S3CRET" not in str(caught.value)
    sqlalchemy_style = Settings(database_url=SecretStr("postgresql+psycopg://u:p@h/d"))
    assert sqlalchemy_style.database_url.get_secret_value() == "postgresql://u:p@h/d"


def test_there_may_be_only_a_pooler() -> None:
    url, copy = SecretStr("postgresql://h/d"), SecretStr("postgresql://copy/d")
    only_pooled = Settings(
        database_url=url, database_direct_url=SecretStr("none"), database_replica_urls=copy
    )
    assert not only_pooled.has_direct_url
    assert not only_pooled.replicas[0].has_direct_url
    direct = Settings(database_url=url, database_replica_urls=copy)
    assert direct.database_direct_url == url
    assert direct.replicas[0].database_direct_url == copy
