"""Embeddings in the shape of OpenAI's API."""

from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from api.http.body import StrictRoute
from api.http.client_leaving import unless_client_leaves
from api.http.parameters import Caller, Inkdex
from api.http.responses import BUSY, JSON_BODY, MODEL_NOT_FOUND, UNAVAILABLE
from api.http.spending import Spends
from api.schemas.openai_embeddings import EmbeddingsBody, EmbeddingsJson, EmbeddingsOut
from api.services import Services
from shared.domain.access.principal import Action
from shared.domain.refs import Tenant


class EmbeddingsRoute(StrictRoute):
    """A strict route with room for LangChain's thousand passages of a thousand characters."""

    body_max_bytes = 2 * 1024 * 1024


router = APIRouter(prefix="/v1/embeddings", tags=["openai"], route_class=EmbeddingsRoute)


@router.post(
    "",
    response_model=EmbeddingsOut,
    responses=JSON_BODY | MODEL_NOT_FOUND | BUSY | UNAVAILABLE,
)
async def create_embeddings(
    body: EmbeddingsBody, request: Request, inkdex: Inkdex, caller: Caller, spends: Spends
) -> Response:
    """Embed texts by the model of a collection. Searches go first, and nothing is kept.

    The work ends when the client disconnects.
    """
    caller.require(Action.SEARCH)
    await spends.tokens(body.request().texts)
    async with inkdex.shutdown.interrupts():
        pieces = await unless_client_leaves(request, _embedded(body, inkdex, caller.tenant))
    return StreamingResponse(_sent(pieces), media_type="application/json", headers=_length(pieces))


async def _embedded(body: EmbeddingsBody, inkdex: Services, tenant: Tenant) -> list[bytes]:
    answer = EmbeddingsJson(body)
    async with aclosing(inkdex.embeddings.embed(tenant, body.request())) as found:
        async for embeddings in found:
            await inkdex.long_work.next_turn()
            answer.add(embeddings)
    return list(answer.pieces())


async def _sent(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _length(pieces: Iterable[bytes]) -> dict[str, str]:
    return {"Content-Length": str(sum(map(len, pieces)))}
