"""What a tenant has, and what it may have."""

from pydantic import BaseModel, ConfigDict, Field


class UsageOut(BaseModel):
    """Writes that are not finished are not counted yet."""

    model_config = ConfigDict(from_attributes=True)

    documents: int
    bytes: int = Field(description="Of titles, contents and metadata as JSON, in UTF-8.")
    chunks: int = Field(description="Of all models, so a migration counts until it is done.")
    answers: int = Field(description="Today, in UTC. Counted while there is a quota of answers.")


class QuotasOut(BaseModel):
    """What the tenant may have; 0 means any number."""

    model_config = ConfigDict(from_attributes=True)

    documents: int
    bytes: int
    chunks: int
    answers_per_day: int


class LimitsOut(BaseModel):
    """What each key of the tenant may send; 0 means any number."""

    model_config = ConfigDict(from_attributes=True)

    requests_per_minute: int
    bytes_per_minute: int
    tokens_per_minute: int


class TenantUsageOut(BaseModel):
    """The usage, the quotas and the limits of the caller's tenant."""

    usage: UsageOut
    quotas: QuotasOut
    limits: LimitsOut
