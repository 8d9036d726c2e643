"""Who may call: the app's key on every request, its pace, and a seller's token where one is asked.

Texts: "Shared secret is required" is what Etsy answers to a keystring alone since it asks for both;
open-api#519 (expired token) and open-api#598 (scope) show the others.
"""

import hmac
from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from marketplaces.sandbox.etsy import pace, sellers, tokens
from marketplaces.sandbox.etsy.errors import oauth_refusal, refusal, stamped
from marketplaces.sandbox.messages import Answer, Call, Handler, RefusedError
from marketplaces.sandbox.state import State


def api(*scopes: str) -> Callable[[Handler], Handler]:
    """A route that needs a token with these scopes; without any, the app's key will do.

    A token that comes along uninvited is checked nevertheless: `call.seller` is then its owner.
    """

    def wrap(handler: Handler) -> Handler:
        @wraps(handler)
        def guarded(state: State, call: Call) -> Answer:
            try:
                return stamped(_serve(state, call, handler, scopes))
            except RefusedError as refused:
                raise RefusedError(stamped(refused.answer)) from None

        return guarded

    return wrap


def _serve(state: State, call: Call, handler: Handler, scopes: tuple[str, ...]) -> Answer:
    _check_key(state, call)
    used = pace.used(state)
    if used.is_too_much:
        return pace.too_many(state, used)
    _sign_in(state, call, scopes)
    answer = handler(state, call)
    return replace(answer, headers={**answer.headers, **used.headers})


def _check_key(state: State, call: Call) -> None:
    app = sellers.application(state)
    given = call.headers.get("x-api-key", "")
    if not given:
        raise refusal(401, "Missing or invalid API key.")
    if ":" not in given:
        raise refusal(403, "Shared secret is required in x-api-key header.")
    expected = f"{app['keystring']}:{app['shared_secret']}"
    if not given.isascii() or not hmac.compare_digest(given, expected):
        raise refusal(403, "Invalid API key: should be in the format 'keystring:shared_secret'.")


def _sign_in(state: State, call: Call, scopes: tuple[str, ...]) -> None:
    header = call.headers.get("Authorization", "")
    if not header and not scopes:
        return
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise oauth_refusal(401, "invalid_token", "access token is missing")
    found = tokens.holder(state, token) if token.isascii() else None
    if found is None:
        raise oauth_refusal(401, "invalid_token", "access token is invalid")
    call.seller, record = found
    if record["expires_at"] <= state.now():
        raise oauth_refusal(401, "invalid_token", "access token is expired")
    if not set(scopes) <= set(record["scopes"]):
        raise oauth_refusal(403, "insufficient_scope", "Insufficient scope")
