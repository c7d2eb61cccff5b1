"""The baseline for writes: one FastAPI endpoint with one INSERT.

python -m bench.servers.baseline_write PORT DATABASE_URL
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import uvicorn
from fastapi import FastAPI
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

TABLE = """
CREATE TABLE IF NOT EXISTS baseline_documents (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text UNIQUE NOT NULL,
    content text NOT NULL, metadata jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
)
"""
INSERT = """
INSERT INTO baseline_documents (id, content, metadata) VALUES (%s, %s, %s) RETURNING created_at
"""


class Document(BaseModel):
    id: str
    content: str
    metadata: dict[str, Any] = {}


class Stored(Document):
    created_at: datetime


def create_app(database_url: str) -> FastAPI:
    pool = AsyncConnectionPool(
        database_url, open=False, min_size=4, max_size=16, kwargs={"autocommit": True}
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            async with pool.connection() as connection:
                await connection.execute(TABLE)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/documents", status_code=201)
    async def write(document: Document) -> Stored:
        async with pool.connection() as connection:
            values = (document.id, document.content, Jsonb(document.metadata))
            row = await (await connection.execute(INSERT, values)).fetchone()
        assert row is not None
        return Stored(**document.model_dump(), created_at=row[0])

    return app


if __name__ == "__main__":
    port, url = int(sys.argv[1]), sys.argv[2]
    uvicorn.run(create_app(url), host="127.0.0.1", port=port, access_log=False, log_level="warning")
