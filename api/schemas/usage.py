"""What a tenant has, and what it may have."""

from pydantic import BaseModel, ConfigDict, Field


class UsageOut(BaseModel):
    """Writes that are not finished are not counted yet."""

    model_config = ConfigDict(from_attributes=True)

    documents: int = Field(description="How many documents the tenant has.", examples=[1200])
    bytes: int = Field(
        description="Of titles, contents and metadata as JSON, in UTF-8.", examples=[3400000]
    )
    chunks: int = Field(
        description="Of all models, so a migration counts until it is done.", examples=[4100]
    )
    answers: int = Field(
        description="Today, in UTC. Counted while there is a quota of answers.", examples=[12]
    )


class QuotasOut(BaseModel):
    """What the tenant may have; 0 means any number."""

    model_config = ConfigDict(from_attributes=True)

    documents: int = Field(description="The most documents; 0 means any number.", examples=[100000])
    bytes: int = Field(
        description="The most bytes of titles, contents and metadata; 0 means any number.",
        examples=[0],
    )
    chunks: int = Field(description="The most chunks; 0 means any number.", examples=[0])
    answers_per_day: int = Field(
        description="The most answers a day; 0 means any number.", examples=[1000]
    )


class LimitsOut(BaseModel):
    """What each key of the tenant may send; 0 means any number."""

    model_config = ConfigDict(from_attributes=True)

    requests_per_minute: int = Field(
        description="The most requests a minute; 0 means any number.", examples=[600]
    )
    bytes_per_minute: int = Field(
        description="The most bytes of bodies a minute; 0 means any number.", examples=[0]
    )
    tokens_per_minute: int = Field(
        description="The most tokens a minute; 0 means any number.", examples=[0]
    )


class TenantUsageOut(BaseModel):
    """The usage, the quotas and the limits of the caller's tenant."""

    usage: UsageOut = Field(description="What the tenant has.")
    quotas: QuotasOut = Field(description="What the tenant may have.")
    limits: LimitsOut = Field(description="What each key of the tenant may send.")
