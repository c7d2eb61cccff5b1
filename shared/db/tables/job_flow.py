"""The flow of a job, as SQL. A writer of jobs stores it."""

from typing import LiteralString

from shared.domain.embedding.flows import FLOWS_OF_A_SIZE, SIZES

_SIZES = ", ".join(map(str, SIZES))
FLOW: LiteralString = f"""(width_bucket(octet_length(d.content), ARRAY[{_SIZES}])::bigint
        * {FLOWS_OF_A_SIZE} + (hashtext(d.collection)::bigint & {FLOWS_OF_A_SIZE - 1}))"""
"""The flow of document `d`, by the size of its content and a hash of its collection."""
