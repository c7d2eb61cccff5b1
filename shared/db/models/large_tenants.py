"""The tenants whose search has indexes of its own, in SQL.

The texts and vectors of smaller ones are compared one by one. The default tenant always has them.
"""

from typing import LiteralString

_LARGE: LiteralString = """(SELECT tenant FROM tenant_text_statistics
        WHERE documents > {documents} ORDER BY documents DESC LIMIT {tenants})"""
LARGE_TENANTS: LiteralString = _LARGE.format(documents=2000, tenants=100)
"""The tenants that get indexes. A search compares all documents of a smaller scope anyway.

There are not more, because each statement on a table looks at all of its indexes."""
STILL_LARGE_TENANTS: LiteralString = _LARGE.format(documents=1000, tenants=120)
"""The tenants that keep them, so that none is built and dropped again and again."""
