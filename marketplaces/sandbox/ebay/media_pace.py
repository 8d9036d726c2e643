"""The Media API's short limit: so many POSTs of one user in five seconds, then 429.

That is a violation: whoever knows the limit has no need to run into it.
"""

from functools import wraps

from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.messages import Answer, Call, Handler
from marketplaces.sandbox.state import State

WINDOW = 5.0
"""Seconds."""


def paced(handler: Handler) -> Handler:
    @wraps(handler)
    def guarded(state: State, call: Call) -> Answer:
        limit = state.settings.media_posts_per_5_seconds
        if limit and _recent_posts(state, call.seller) >= limit:
            state.effects.add_violation(f"more than {limit} photos in five seconds")
            return refusal(429, 2001).answer
        return handler(state, call)

    return guarded


def _recent_posts(state: State, seller: str) -> int:
    """Posts of the seller that were let through lately; the one at hand is not among them yet."""
    rows = state.store.rows(
        "SELECT COUNT(*) AS posts FROM requests WHERE seller = ? AND time > ? AND method = 'POST'"
        " AND template LIKE '/commerce/media/%' AND COALESCE(status, 0) <> 429",
        (seller, state.now() - WINDOW),
    )
    return int(rows[0]["posts"])
