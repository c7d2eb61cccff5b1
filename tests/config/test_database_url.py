import pytest
from pydantic import SecretStr

from shared.config import Settings


def test_an_invalid_database_url_is_not_quoted() -> None:
    with pytest.raises(ValueError, match="PostgreSQL URL") as caught:
        Settings(database_url=SecretStr("mysql+x://user:S3CRET@host/db"))
    assert "S3CRET" not in str(caught.value)
    sqlalchemy_style = Settings(database_url=SecretStr("postgresql+psycopg://u:p@h/d"))
    assert sqlalchemy_style.database_url.get_secret_value() == "postgresql://u:p@h/d"
